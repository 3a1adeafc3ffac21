export interface ServerFlag {
  /** As on the command line, without the dashes. */
  readonly name: string
  readonly short?: string
  /** Undefined for a flag without a value. */
  readonly value?: string
  readonly env?: string
  readonly help: string
}

/** `mlflow server`'s flags and variables (3.17), and ours. */
export const serverFlags = [
  {
    name: 'backend-store-uri',
    value: 'uri',
    env: 'MLFLOW_BACKEND_STORE_URI',
    help: 'PostgreSQL database to use, postgresql://user@host/name; without it the server runs its own',
  },
  {
    name: 'registry-store-uri',
    value: 'uri',
    env: 'MLFLOW_REGISTRY_STORE_URI',
    help: 'must be the same as --backend-store-uri',
  },
  {
    name: 'default-artifact-root',
    value: 'uri',
    env: 'MLFLOW_DEFAULT_ARTIFACT_ROOT',
    help: 'where new experiments keep artifacts (default: mlflow-artifacts:/, through this server)',
  },
  {
    name: 'artifacts-destination',
    value: 'uri',
    env: 'MLFLOW_ARTIFACTS_DESTINATION',
    help: 'where this server keeps artifacts: a folder or s3://bucket/folder (default: ./.waymark/artifacts beside its own PostgreSQL, else ./mlartifacts)',
  },
  {
    name: 'serve-artifacts',
    env: 'MLFLOW_SERVE_ARTIFACTS',
    help: 'take and give artifacts through this server (default)',
  },
  { name: 'no-serve-artifacts', help: 'clients reach the artifact store themselves' },
  { name: 'artifacts-only', env: 'MLFLOW_ARTIFACTS_ONLY', help: 'serve artifacts and nothing else' },
  { name: 'host', short: 'h', value: 'host', env: 'MLFLOW_HOST', help: 'address to listen on (default: 127.0.0.1)' },
  { name: 'port', short: 'p', value: 'port', env: 'MLFLOW_PORT', help: 'port to listen on (default: 5000)' },
  {
    name: 'workers',
    short: 'w',
    value: 'n',
    env: 'MLFLOW_WORKERS',
    help: 'taken and not needed: one process answers many requests at once',
  },
  { name: 'disable-workspaces', help: 'taken and not needed: there are no workspaces' },
  {
    name: 'static-prefix',
    value: 'path',
    env: 'MLFLOW_STATIC_PREFIX',
    help: 'path before the web UI, begins with / and does not end with it',
  },
  {
    name: 'allowed-hosts',
    value: 'list',
    env: 'MLFLOW_SERVER_ALLOWED_HOSTS',
    help: 'Host headers to answer, comma-separated, * for any text',
  },
  {
    name: 'cors-allowed-origins',
    value: 'list',
    env: 'MLFLOW_SERVER_CORS_ALLOWED_ORIGINS',
    help: 'origins of other sites that may write, comma-separated',
  },
  {
    name: 'x-frame-options',
    value: 'value',
    env: 'MLFLOW_SERVER_X_FRAME_OPTIONS',
    help: 'SAMEORIGIN (default), DENY or NONE',
  },
  {
    name: 'insecure-no-auth',
    help: 'says that a --host which others can reach is meant: there are no users and passwords yet',
  },
  {
    name: 'data-dir',
    value: 'folder',
    env: 'WAYMARK_DATA_DIR',
    help: "where the server's own PostgreSQL lives (default: ./.waymark/postgres)",
  },
] as const satisfies readonly ServerFlag[]

/** Flags of `mlflow server` that cannot be honoured, and why: giving one is an error, not silence. */
export const refusedFlags: Readonly<Record<string, string>> = {
  'app-name': 'users and passwords are not built yet; put a proxy with authentication before the server',
  'gunicorn-opts': 'there is no gunicorn here; leave it out',
  'waitress-opts': 'there is no waitress here; leave it out',
  'uvicorn-opts': 'there is no uvicorn here; leave it out',
  dev: 'there is no such mode here; leave it out',
  'expose-prometheus': 'metrics for Prometheus are not built yet; leave it out',
  'disable-security-middleware':
    'the Host and Origin checks stay on; name hosts with --allowed-hosts, origins with --cors-allowed-origins',
  'read-replica-backend-store-uri': 'read replicas are not built yet; leave it out',
  'enable-workspaces': 'workspaces are not built yet; leave it out',
  'workspace-store-uri': 'workspaces are not built yet; leave it out',
  'trace-archival-config': 'traces are not built yet; leave it out',
  'secrets-cache-ttl': 'there is no gateway and no secret of one here; leave it out',
  'secrets-cache-max-size': 'there is no gateway and no secret of one here; leave it out',
}

export type FlagName = (typeof serverFlags)[number]['name']

import { z } from 'zod'

/** MLflow's error codes and the HTTP status of each (mlflow/protos/databricks.proto, mlflow/exceptions.py of 3.6). */
export const statusOfError = {
  INTERNAL_ERROR: 500,
  INVALID_STATE: 500,
  NOT_IMPLEMENTED: 501,
  TEMPORARILY_UNAVAILABLE: 503,
  REQUEST_LIMIT_EXCEEDED: 429,
  RESOURCE_CONFLICT: 409,
  ENDPOINT_NOT_FOUND: 404,
  RESOURCE_DOES_NOT_EXIST: 404,
  PERMISSION_DENIED: 403,
  UNAUTHENTICATED: 401,
  BAD_REQUEST: 400,
  RESOURCE_ALREADY_EXISTS: 400,
  INVALID_PARAMETER_VALUE: 400,
} as const

export type ErrorCode = keyof typeof statusOfError

/** The body of every answer that is not a success. */
export const ErrorBody = z.object({ error_code: z.string(), message: z.string() })
export type ErrorBody = z.infer<typeof ErrorBody>

/** Where the app stands, "/" or "/prefix/", from the page's `<base>`: the server may run under a path prefix. */
export const appPath = new URL(document.baseURI).pathname

/** What calls of the API start with: "" or "/prefix". */
export const apiBase = appPath.replace(/\/$/, '')

import { type HttpHandler, HttpResponse, http } from 'msw'

/** Any page may call the sandbox: it holds nothing that is worth protecting. */
export const OPEN_CORS = { 'access-control-allow-origin': '*' }

/** Answers the browser's preflight request for these paths. */
export function preflightHandler(paths: string): HttpHandler {
  return http.options(
    paths,
    () =>
      new HttpResponse(null, {
        status: 204,
        headers: {
          ...OPEN_CORS,
          'access-control-allow-methods': 'GET, POST, DELETE',
          'access-control-allow-headers': '*',
          'access-control-max-age': '86400',
        },
      }),
  )
}

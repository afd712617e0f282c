/** Calls the partner as the old landing page did. */
export function register(
  baseUrl: string,
  email: string,
  init: RequestInit & { more?: object } = {},
): Promise<Response> {
  const { more, ...rest } = init
  return fetch(`${baseUrl}/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'X-Visitor-Id': 'visitor-1', 'X-Client-IP': '203.0.113.7' },
    body: JSON.stringify({ email, ...more }),
    ...rest,
  })
}

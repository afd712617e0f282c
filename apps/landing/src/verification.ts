/** The code verification that this page's visitors go through before they are registered. */
export interface Verification {
  /**
   * `sent: false`: the address was refused. `shownCode` is there where nothing is really sent: the sandbox's stand-in
   * tells the code to the page.
   */
  sendCode(email: string): Promise<{ sent: boolean; shownCode?: string | undefined }>
  /** The signed proof, or `null` when the code is wrong. */
  confirmCode(email: string, code: string): Promise<string | null>
}

/** Talks to the verification at this address. Both calls reject when it can't be reached. */
export function createVerification(baseUrl: string): Verification {
  async function post<Answer>(route: string, body: object): Promise<Answer | null> {
    const response = await fetch(`${baseUrl}/verification/${route}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    if (response.status === 400) return null
    if (!response.ok) throw new Error(`The code verification answered HTTP ${response.status}.`)
    return response.json()
  }

  return {
    async sendCode(email) {
      const answer = await post<{ code?: string }>('send-code', { email })
      return { sent: answer !== null, shownCode: answer?.code }
    },
    async confirmCode(email, code) {
      const answer = await post<{ verificationToken: string }>('confirm-code', { email, code })
      return answer?.verificationToken ?? null
    },
  }
}

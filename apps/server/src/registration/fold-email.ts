/** The e-mail's identity: two spellings that differ only in case or in composed characters are one visitor. */
export function foldEmail(email: string): string {
  return email.trim().normalize('NFC').toLowerCase()
}

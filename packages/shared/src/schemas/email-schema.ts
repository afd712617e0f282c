import { z } from 'zod'

/**
 * One `@`; a local part of up to 64 characters without spaces, quotes or brackets; a domain with a dot whose labels
 * hold letters, digits and hyphens, of any script. Wider than a mailbox provider's rules on purpose: the address has
 * already received a code. Control and invisible characters (`\p{C}`) never pass, nor do separators (`\p{Z}`).
 */
const ADDRESS =
  /^(?!\.)(?!.*\.\.)[^\p{C}\p{Z}@"<>()[\]:;,\\]{1,64}(?<!\.)@(?:[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}-]{0,61}[\p{L}\p{M}\p{N}])?\.)+[\p{L}\p{M}\p{N}-]{2,63}$/u

/** An e-mail address, trimmed. */
export const emailSchema = z
  .string('must be a string')
  .trim()
  .min(1, 'must not be empty')
  .max(254, 'must have at most 254 characters')
  .regex(ADDRESS, 'must be an e-mail address')

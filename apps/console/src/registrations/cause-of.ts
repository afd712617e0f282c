import type { Summary } from '@registration/shared/operator'
import type { Messages } from '../i18n/messages.ts'

/** The short cause of a status: the rejection code or the stuck reason. */
export function causeOf({ code, stuckReason }: Pick<Summary, 'code' | 'stuckReason'>, messages: Messages): string {
  if (stuckReason !== null) return messages.stuckReasons[stuckReason]?.short ?? stuckReason
  return code ?? ''
}

import type { Summary } from '@registration/shared/operator'
import type { Texts } from '../texts/texts.ts'

/** Why a registration is where it is, in a few words: the partner's code, or what a person is needed for. */
export function whyOf({ code, stuckReason }: Pick<Summary, 'code' | 'stuckReason'>, texts: Texts): string {
  if (stuckReason !== null) return texts.stuckReasons[stuckReason]?.short ?? stuckReason
  return code ?? ''
}

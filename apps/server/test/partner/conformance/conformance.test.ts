import { describe } from 'vitest'
import { memberClub, todaysPartner } from './dialects.ts'
import { itIsAPartner } from './it-is-a-partner.ts'

describe.each([todaysPartner, memberClub])('$name', itIsAPartner)

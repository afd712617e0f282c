import { describe } from 'vitest'
import { memberClub, todaysPartner } from './dialects.ts'
import { partnerSuite } from './partner-suite.ts'

describe.each([todaysPartner, memberClub])('$name', partnerSuite)

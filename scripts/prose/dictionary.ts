/** A word or phrase that readers stumble over, and the advice that the failing test gives. */
export interface BannedPhrase {
  pattern: RegExp
  instead: string
}

/** A space in the pattern matches a line break too. Upper and lower case are the same, unless `flags` says otherwise. */
function ban(pattern: string, instead: string, flags = 'giu'): BannedPhrase {
  return { pattern: new RegExp(pattern.replaceAll(' ', '\\s+'), flags), instead }
}

/** Each entry names the plain word to use. Add one when a reader stumbles; never widen one until it hits plain English. */
export const DICTIONARY: readonly BannedPhrase[] = [
  // Sentences whose subject has no name.
  ban('\\b(?:whoever|whomever|whosoever)\\b', 'name the person or process: "the caller", "any process"'),
  ban('\\bwho(?:m)? has none\\b', '"a caller without one"'),
  ban(
    '\\b(?:for|of|to|by|from|with) who (?:has|is|was|runs|wants|needs|knows|finds|takes|comes)\\b',
    '"for people who …"',
  ),
  ban(
    '(?<=^|[.;:] )Who (?:finds|loses|lost|has|holds|asks|asked|comes|came|knows|takes|needs|proves|did|reads|wants|gave|was|is|may)\\b(?![^.]*\\?)',
    'begin with the person: "A visitor who …"',
    'gmu',
  ),
  ban('\\b(?:so|such) that who\\b', 'name the person'),
  ban(
    "\\bwhat (?:is|was|has|had|are|were|can|can't|may|must|lies|waits|comes|came) (?:[\\w-]+ ){0,5}(?:is|was|are|were|has|goes|stays|waits|lies|gets)\\b",
    'begin with the thing: "A row that … is"',
  ),
  ban(
    '(?<=^|[.;:] )What [\\w-]+ (?:[\\w-]+ ){0,6}(?:is|was|are|were|has|goes|stays|waits|does so)\\b(?![^.]*\\?)',
    'begin with the thing itself',
    'gmu',
  ),
  ban('\\bwhat (?:becomes|became|will become) of\\b', '"the outcome of"'),
  ban('\\bis what (?:it|they) (?:is|are|was|were)\\b', 'say what it is'),
  ban('\\bthose that (?:are|lie) idle\\b', '"the idle ones"'),
  ban('\\bsuch (?:a )?one\\b', 'repeat the noun'),
  // Archaic or foreign word order.
  ban('\\bfor ever\\b', '"forever" or "without a limit"'),
  ban('\\banew\\b', '"again"'),
  ban('\\bfor want of\\b', '"without"'),
  ban('\\ball the same\\b', '"still" or "anyway"'),
  ban('\\bin vain\\b', '"without success"'),
  ban('\\bin so many words\\b', '"explicitly"'),
  ban('\\bby turns\\b', '"alternately"'),
  ban('\\bastray\\b', '"broken" or "lost"'),
  ban('\\bin good order\\b', '"cleanly"'),
  ban('\\bnothing but\\b', '"only"'),
  ban('\\b(?:see|saw|seen|sees) to (?:it|that|them|one|all|everything)\\b', '"handle" or "make sure"'),
  ban('\\bas (?:[\\w.-]+ ){1,4}has it\\b', '"as … specifies"'),
  ban('\\b(?:is|are|was|were) to be (?:seen|known|had|told|found|read)\\b', '"can be …" or "must be …"'),
  ban('\\b(?:is|are|was|were) fit to (?:show|be shown)\\b', '"can be shown"'),
  ban('\\bmend(?:s|ed|ing)?\\b', '"fix"'),
  ban('\\bso many within so long\\b', '"at most N per interval"'),
  ban('\\ba server of (?:its|their) own\\b', '"a standalone server"'),
  ban('\\bleaves? away\\b', '"leaves out"'),
  ban('\\bfall(?:s|en)? upon\\b', '"flood"'),
  ban('\\b(?:is|are) at it\\b', '"is working on it"'),
  // Private metaphors.
  ban('\\bdoors?\\b', '"route" or "transport"'),
  ban('\\b(?:a|the|this|that|every|each|of the|these|those) rooms?\\b', '"module"'),
  ban('\\bhow the house\\b|\\bhouse(?:s)? (?:rules?|style)\\b|\\bthis house\\b', '"project"'),
  ban('\\bwalls? (?:between|of|around)\\b|\\bmodule walls?\\b', '"boundary"'),
  ban('\\bpostm(?:a|e)n\\b', '"webhook client"'),
  ban('\\bchores?\\b', '"scheduled job"'),
  ban('\\bdoers?\\b', '"actor"'),
  ban('\\bmortals?\\b', '"process that crashes"'),
  ban('\\bchronicles?\\b', '"history" or "recording"'),
  ban('\\bfates?\\b', '"outcome" or "fault plan"'),
  ban('\\bspeech\\b', '"messages" or "texts"'),
  ban('\\bdue-loop\\b', '"recovery loop"'),
  ban('\\blast words\\b', '"last log lines"'),
  // One word for one thing.
  ban('\\bpursu(?:e|es|ed|ing)\\b', '"advance"'),
  ban(
    '\\b(?:database|server|partner|standby|primary|endpoint|PostgreSQL) (?:is|was|were|are) away\\b',
    '"is unavailable"',
  ),
  ban('\\bwhile (?:it|they) (?:is|are|was|were) away\\b', '"while it is unavailable"'),
  ban('\\b(?:is|are|was|were|be|been) told of\\b', '"is notified about"'),
  ban('\\breceivers?\\b', '"endpoint" for a webhook’s target'),
  ban('\\brefusals?\\b', '"rejection" for the partner’s, "error" for the server’s'),
  ban('\\blook-ups?\\b', '"lookup"'),
  ban('\\bon file\\b', '"saved" or "stored"'),
  ban('\\bclear(?:s|ed|ing)? (?:itself |themselves )?up\\b', '"resolve"'),
  ban('\\b(?:alsoTell|aroundEach|SPARED|LOOK_AGAIN_MS)\\b', 'the name was replaced', 'gu'),
]

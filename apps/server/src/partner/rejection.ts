import type { RejectionCode } from '@registration/shared'
import { type JsonObject, storableText } from './partner-account.ts'

const LONGEST = 1_000
/** Deeper than any framework puts its sentences. */
const DEEPEST = 4

/** Where partners put the sentence that is meant for people, the first that has one. */
const FIELDS = ['message', 'error', 'detail', 'title', 'errors'] as const
/** What else it is called in the members of a list of errors. */
const FIELDS_OF_ONE = [...FIELDS, 'msg', 'description', 'reason']

/** The partner's sentence for people, as a text, a list of texts, or an object of lists; `null` where there is none. */
export function sentenceIn(answer: JsonObject): string | null {
  for (const field of FIELDS) {
    const sentence = joined(textsIn(answer[field], DEEPEST))
    if (sentence !== null) return sentence
  }
  return null
}

/** A text of the partner's, fit to store and to show. */
export function partnerSentence(text: unknown): string | null {
  if (typeof text !== 'string') return null
  return (
    storableText(text)
      .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
      .trim()
      .slice(0, LONGEST)
      .toWellFormed() || null
  )
}

function textsIn(value: unknown, depth: number): string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null || depth === 0) return []
  if (Array.isArray(value)) return value.flatMap((item) => textsIn(item, depth - 1))
  const object = value as JsonObject
  // One error says what it is about, beside its sentence; an object of lists has only sentences, by field.
  const named = FIELDS_OF_ONE.find((field) => textsIn(object[field], depth - 1).length > 0)
  return named ? textsIn(object[named], depth - 1) : Object.values(object).flatMap((item) => textsIn(item, depth - 1))
}

function joined(texts: string[]): string | null {
  const sentences = texts.flatMap((text) => partnerSentence(text) ?? [])
  const inAll = sentences.reduce((all, next) => `${all}${/[.!?…;]$/.test(all) ? '' : ';'} ${next}`, '')
  return partnerSentence(inAll.replace(/^; /, ''))
}

/*
 * Sentences are compared in lower case, without accents, and with blanks for hyphens and underscores: "Já" is "ja", "e-mail"
 * is "email", EMAIL_EXISTS is "email exists".
 */

/** By what words partners say that a person has an account under another e-mail. */
const MULTIPLE_ACCOUNTS =
  /multiple\s+accounts|multi ?accounts?\b|more than one account|cuentas multiples|multiples cuentas|contas multiplas|multiplas contas|mehrere (?:konten|accounts)|mehrfachkonten|plusieurs comptes|comptes multiples|birden (?:fazla|cok) hesap|coklu hesap|wiele kont|(?:несколько|много) аккаунтов|мульти ?аккаунт|(?:кілька|декілька|багато) акаунтів|мульти ?акаунт/

/** By what words they say that this e-mail has an account, in the languages of the product's users. */
const ALREADY_REGISTERED: readonly RegExp[] = [
  // English, and what frameworks say. Not "taken" alone: "Action taken" is none; nor "exists": "No account exists" is none.
  /already\s*(?:(?:been|being|is|was|got)\s+)?(?:registered|exists?|existing|taken|used|signed up|subscribed|enrolled|a (?:member|user|customer|player))/,
  /already\s*(?:in use|on file|ha(?:s|ve) an account|belongs|linked|associated|assigned|occupied|created|registred|known)/,
  /(?:email|mail|login|user ?name)(?: address| id)? (?:(?:is|was|has been) )?(?:taken|in use|exists|registered|not unique|unavailable|not available|occupied)\b/,
  /(?:email|mail|login|user ?name)(?: address)? (?:must|should|has to) be unique/,
  /(?<!\bno (?:such )?)(?:user|account|customer|player|member)(?: record)? exists\b/,
  /\bduplicated? (?:entry|key|value|email|mail|user|account|registration|record|customer|player|login)/,
  /unique (?:constraint|violation)/,
  // Russian and Ukrainian.
  /(?:уже|вже) (?:(?:был|была|было|був|була|було|есть|является) )?(?:зарегистр|зарегестр|существу|занят|использ|есть|имеет|создан|привязан|заведен|зареєстр|існує|зайнят|використ|є(?!\p{L})|має|створен|прив.язан)/u,
  /(?:зарегистрирован\p{L}*|существует|занят\p{L}*|зареєстрован\p{L}*|існує) (?:уже|вже|ранее|раньше|раніше)/u,
  /(?:ранее|раніше) (?:был\p{L}* |бул\p{L}* )?(?:зарегистр|зареєстр)/u,
  /(?:почта|пошта|email|адрес|адреса|логин|логін) (?:занят|зайнят)/,
  // Spanish and Portuguese.
  /\bya (?:(?:esta|ha sido|fue|se|se encuentra|esta siendo) )?(?:registrad|existe|en uso|usad|utilizad|utiliza|ocupad|tomad|dado de alta|asociad|vinculad|tiene(?:s)? una cuenta)/,
  /\bja (?:(?:esta|foi|se encontra|esta sendo|esta a ser) )?(?:registrad|registad|cadastrad|existe|em uso|usad|utilizad|ocupad|associad|vinculad|(?:possui|tem) (?:uma )?conta)/,
  // German.
  /(?:bereits|schon) (?:registriert|vorhanden|vergeben|verwendet|benutzt|genutzt|belegt|angemeldet|existier|in (?:verwendung|benutzung|gebrauch)|ein (?:konto|account|benutzer))/,
  /(?:existiert|gibt es) (?:bereits|schon)|(?:adresse|email|benutzername) ist vergeben/,
  // French.
  /deja (?:ete )?(?:enregistre|inscrit|utilise|pris|existant|associe|un compte|employe|attribue|cree|reference)/,
  /(?:existe|possede|dispose) deja/,
  // Turkish.
  /(?:zaten|daha once|onceden|halihazirda) (?:\p{L}+ ){0,2}(?:kayit|kaydedil|mevcut|kullan|alinmis|var(?!\p{L})|uye|olusturul)/u,
  /kayitli bir (?:kullanici|hesap|uye)|(?:kullanici|hesap|adres|email|posta)(?:si|i)? mevcut\b/,
  /(?:posta|email|adresi?)(?: adresi)? (?:kullanimda|kullanilmakta|kullaniliyor|kayitli)(?! degil)/,
  // Polish.
  /juz (?:(?:jest|zostal[ao]?) )?(?:zarejestrowan|istnieje|zajet|uzywan|uzyt|w uzyciu|wykorzyst|przypisan|posiada|ma konto)/,
  /(?:istnieje|zajety|zajete|zarejestrowany) juz/,
  // Italian, Dutch, Czech and Romanian.
  /gia (?:stat[ao] )?(?:registrat|in uso|utilizzat|usat|esistente|presente|associat|assegnat)|esiste gia/,
  /\bal (?:geregistreerd|in gebruik|gebruikt|bezet|bekend|een account)|bestaat (?:al|reeds)|reeds (?:geregistreerd|in gebruik)/,
  /(?:jiz|uz) (?:je |byl[ao]? )?(?:registrovan|zaregistrovan|existuje|pouzivan|pouzit|obsazen)|(?:deja|este deja) (?:inregistrat|utilizat|folosit|luat)|exista deja/,
]

/** The code of a rejection, by its sentence. Pages branch on the same words. */
export type CodeOfSentence = (sentence: string | null) => RejectionCode

/** @param alreadyWords further phrases, in any case, by which the partner says that an e-mail has an account */
export function createCodeOfSentence(alreadyWords: readonly string[] = []): CodeOfSentence {
  const phrases = alreadyWords.map(comparable).filter((phrase) => phrase !== '')
  return (sentence) => {
    if (sentence === null) return 'PARTNER_REJECTED'
    const text = comparable(sentence)
    if (phrases.some((phrase) => text.includes(phrase))) return 'ALREADY_REGISTERED'
    if (MULTIPLE_ACCOUNTS.test(text)) return 'MULTIPLE_ACCOUNTS'
    return ALREADY_REGISTERED.some((words) => words.test(text)) ? 'ALREADY_REGISTERED' : 'PARTNER_REJECTED'
  }
}

function comparable(text: string): string {
  return (
    text
      // UserAlreadyExists
      .replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
      .toLowerCase()
      .replaceAll('ł', 'l')
      .replaceAll('ı', 'i')
      .replaceAll('ß', 'ss')
      .replaceAll('ё', 'е')
      .normalize('NFD')
      // Of Latin letters alone: without its mark, й is another letter.
      .replace(/(?<=\p{Script=Latin}\p{M}*)\p{M}/gu, '')
      .normalize('NFC')
      .replace(/\be[-‐‑–]?mail/g, 'email')
      .replace(/[\s_/‐‑‒–—-]+/g, ' ')
      .trim()
  )
}

const IN_PROGRESS =
  /in ?progress|being processed|under ?way|still (?:processing|running|pending)|(?:concurrent|simultaneous|parallel|another|previous|same|identical) (?:\w+ )?(?:request|call|operation|transaction)|(?:request|operation|transaction).{0,60}\b(?:pending|processing|running|locked)\b|idempoten|обрабатывается|выполняется|обробля|виконується|en (?:proceso|curso|cours)\b|em (?:andamento|processamento)|(?:bearbeitet|verarbeitet)\b|in bearbeitung|devam ediyor|isleniyor|przetwarzan|w toku/

/** Whether a conflict is with a request that is still being worked on, rather than with an account. */
export function isAboutRequestInProgress(sentence: string): boolean {
  return IN_PROGRESS.test(comparable(sentence))
}

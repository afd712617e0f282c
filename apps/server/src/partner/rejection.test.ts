import { describe, expect, it } from 'vitest'
import { createCodeOfSentence, isAboutRequestInProgress, partnerSentence, sentenceIn } from './rejection.ts'

describe('sentenceIn', () => {
  it.each<[answer: object, sentence: string | null]>([
    [{ message: 'No.', error: 'Bad Request' }, 'No.'],
    [{ statusCode: 400, message: ['email must be an email'], error: 'Bad Request' }, 'email must be an email'],
    [{ message: ['email must be an email', 'tag is too long'] }, 'email must be an email; tag is too long'],
    [{ message: ['One.', 'Two.'] }, 'One. Two.'],
    [{ error: 'Closed in your country' }, 'Closed in your country'],
    [{ error: { code: 7, message: 'Closed' } }, 'Closed'],
    [{ title: 'Forbidden', detail: 'Your region is not served.' }, 'Your region is not served.'],
    [{ title: 'Forbidden' }, 'Forbidden'],
    [{ errors: { email: ['The email is not accepted here.'] } }, 'The email is not accepted here.'],
    [{ errors: { email: 'Not accepted', tag: ['Too long'] } }, 'Not accepted; Too long'],
    [{ errors: [{ field: 'email', message: 'Not accepted' }] }, 'Not accepted'],
    [{ errors: [{ type: 'field', msg: 'Invalid value', path: 'email' }] }, 'Invalid value'],
    [{ message: { email: ['Not accepted'] } }, 'Not accepted'],
    [{ message: '  ', error: '', errors: ['Third'] }, 'Third'],
    [{ message: null, error: 42, detail: [1], title: {}, errors: [] }, null],
    [{ oops: [1] }, null],
    [{}, null],
  ])('of %j is %j', (answer, sentence) => {
    expect(sentenceIn(answer as Record<string, unknown>)).toBe(sentence)
  })

  it('limits depth and length', () => {
    let nested: unknown = 'deep'
    for (let depth = 0; depth < 10_000; depth++) nested = [nested]
    expect(sentenceIn({ message: nested })).toBeNull()
    expect(sentenceIn({ errors: new Array(10_000).fill('Too long.') })).toHaveLength(1_000)
  })
})

describe('partnerSentence', () => {
  it.each([
    ['Multiple accounts are not allowed', 'Multiple accounts are not allowed'],
    ['  two\r\n\tlines\u0000 ', 'two lines\ufffd'],
    ['   ', null],
    ['', null],
    [undefined, null],
    [42, null],
    [{ text: 'x' }, null],
  ])('cleans %j for storing and showing: %j', (message, sentence) => {
    expect(partnerSentence(message)).toBe(sentence)
  })

  it('truncates to 1,000 characters without splitting a character', () => {
    expect(partnerSentence('x'.repeat(10_000))).toHaveLength(1_000)
    expect(partnerSentence(`${'x'.repeat(999)}😀`)?.isWellFormed()).toBe(true)
  })
})

const codeOf = createCodeOfSentence()

describe('a sentence that means an existing account', () => {
  it.each([
    // English
    'This e-mail is already registered',
    'User already exists.',
    'The email has already been taken.',
    'Email already in use',
    'That email is taken. Try another.',
    'email must be unique',
    'Email address is already being used',
    'You already have an account',
    "Duplicate entry 'ann@example.com' for key 'users.email'",
    'duplicate key value violates unique constraint "users_email_key"',
    'E11000 duplicate key error collection: users',
    'EMAIL_EXISTS',
    'UserAlreadyExists',
    'auth/email-already-in-use',
    // Russian
    'Пользователь с таким e-mail уже зарегистрирован',
    'Этот адрес электронной почты уже используется',
    'Такой email уже существует',
    'Email занят',
    'Пользователь с этой почтой уже есть',
    // Ukrainian
    'Користувач з такою поштою вже існує',
    'Ця електронна адреса вже використовується',
    'Цей email вже зареєстровано',
    // Spanish
    'El correo electrónico ya está registrado',
    'El campo email ya ha sido tomado.',
    'Ya existe una cuenta con este correo',
    'Este correo ya está en uso',
    // Portuguese
    'Este e-mail já está em uso',
    'E-mail já cadastrado',
    'O campo email já está sendo utilizado.',
    'Já existe uma conta com este e-mail',
    // German
    'Diese E-Mail-Adresse wird bereits verwendet',
    'Diese E-Mail ist schon registriert',
    'Ein Benutzer mit dieser E-Mail existiert bereits',
    'E-Mail-Adresse ist bereits vergeben.',
    // French
    'Cette adresse e-mail est déjà utilisée',
    'Un compte existe déjà avec cette adresse',
    'La valeur du champ adresse email est déjà utilisée.',
    'Cet e-mail est déjà enregistré',
    // Turkish
    'Bu e-posta adresi zaten kullanılıyor',
    'Bu e-posta zaten kayıtlı',
    'Bu e-posta adresi daha önce alınmış.',
    'Bu e-posta adresiyle kayıtlı bir kullanıcı var',
    // Polish
    'Ten adres e-mail jest już zajęty',
    'Użytkownik o podanym adresie e-mail już istnieje',
    'Konto z tym adresem zostało już zarejestrowane',
    // Italian, Dutch
    'Questa email è già registrata',
    'Dit e-mailadres is al in gebruik',
  ])('%s', (sentence) => {
    expect(codeOf(sentence)).toBe('ALREADY_REGISTERED')
    expect(codeOf(sentence.toUpperCase())).toBe('ALREADY_REGISTERED')
  })
})

describe('a sentence that does not mean an existing account', () => {
  it.each([
    'Country not supported',
    'No account exists for this e-mail',
    'The email does not exist',
    'E-mail is invalid',
    'You have already made too many attempts',
    'Action taken: blocked',
    'Your address is not available in this region',
    'Registration is closed in your country',
    'Code 1742',
    'Регистрация недоступна в вашей стране',
    'El correo electrónico no es válido',
    'E-Mail-Adresse ist ungültig',
    'Adresse e-mail invalide',
    'Nieprawidłowy adres e-mail',
    'Geçersiz e-posta adresi',
    '',
  ])('%s', (sentence) => {
    expect(codeOf(sentence)).toBe('PARTNER_REJECTED')
  })
})

describe('a sentence that means multiple accounts', () => {
  it.each(['Multiple accounts are not allowed', 'MULTI-ACCOUNT', 'Cuentas múltiples', 'Çoklu hesap'])(
    '%s',
    (sentence) => {
      expect(codeOf(sentence)).toBe('MULTIPLE_ACCOUNTS')
    },
  )
})

it('configured phrases mean an existing account, in any case and with or without accents', () => {
  const codeOfConfigured = createCodeOfSentence(['Code 1742', 'użytkownik JEST', ' '])
  expect(codeOfConfigured('Error: CODE 1742.')).toBe('ALREADY_REGISTERED')
  expect(codeOfConfigured('Uzytkownik jest w bazie')).toBe('ALREADY_REGISTERED')
  expect(codeOfConfigured('Code 1743')).toBe('PARTNER_REJECTED')
})

describe('isAboutRequestInProgress', () => {
  it.each([
    'There is another in-progress request with this idempotency key',
    'Request is being processed',
    'A concurrent request is running',
    'Запрос уже обрабатывается',
    'Solicitud en proceso',
  ])('is true of %j', (sentence) => {
    expect(isAboutRequestInProgress(sentence)).toBe(true)
  })

  it.each(['The email has already been taken.', 'Try again with another e-mail', 'Conflict'])(
    'is false of %j',
    (sentence) => {
      expect(isAboutRequestInProgress(sentence)).toBe(false)
    },
  )
})

import { expect, it } from 'vitest'
import { readArguments } from './read-arguments.ts'
import { RegistrationError } from './registration-error.ts'

const email = 'ann@example.com'
const trafficParams = { tag: 'spring' }
const options = { deadlineMs: 1000 }
const nothing = { name: '', trafficParams: {}, visitorId: '', options: undefined }

it.each<[string, unknown[], object]>([
  ['the e-mail alone', [], {}],
  ['all five', ['Ann', trafficParams, 'v-1', options], { name: 'Ann', trafficParams, visitorId: 'v-1', options }],
  ['numbers', [7, { pb: 7 }, 9], { name: '7', trafficParams: { pb: '7' }, visitorId: '9' }],
  ['blanks', [null, '', undefined, null], {}],
  ['parameters right behind the e-mail', [trafficParams], { trafficParams }],
  ['parameters and undefined', [trafficParams, undefined], { trafficParams }],
  ['parameters and the visitor id', [trafficParams, 'v-1'], { trafficParams, visitorId: 'v-1' }],
  ['parameters, name, visitor id', [trafficParams, 'Ann', 'v-1'], { name: 'Ann', trafficParams, visitorId: 'v-1' }],
  ['parameters and options', [trafficParams, options], { trafficParams, options }],
  ['options instead of the visitor id', ['Ann', trafficParams, options], { name: 'Ann', trafficParams, options }],
  [
    'a query string',
    ['Ann', '?tag=spring&r=bonus'],
    { name: 'Ann', trafficParams: { ...trafficParams, custom_login_link: '/bonus' } },
  ],
  ['a query string right behind the e-mail', ['tag=spring'], { trafficParams }],
  ['a whole address', ['Ann', 'https://a.example/?tag=spring#tag=no'], { name: 'Ann', trafficParams }],
  ['an address without parameters', ['Ann', 'https://a.example/spring'], { name: 'Ann' }],
  ['a path', ['Ann', '/spring?tag=spring'], { name: 'Ann', trafficParams }],
  ['a name with a question mark', ['Ann?'], { name: 'Ann?' }],
  ['URLSearchParams', ['Ann', new URLSearchParams('tag=spring&tag=2')], { name: 'Ann', trafficParams }],
  ['URLSearchParams right behind the e-mail', [new URLSearchParams('tag=spring')], { trafficParams }],
  ['a URL', ['Ann', new URL('https://a.example/?tag=spring')], { name: 'Ann', trafficParams }],
  ['pairs', ['Ann', [['tag', 'spring']]], { name: 'Ann', trafficParams }],
  ['a Map', ['Ann', new Map([['tag', 'spring']])], { name: 'Ann', trafficParams }],
  ['lists in an object', ['Ann', { tag: ['spring', 'summer'], pb: {}, click_id: [] }], { name: 'Ann', trafficParams }],
  [
    'names that the server does not take',
    ['Ann', { ...trafficParams, 'a b': 1, ['x'.repeat(65)]: 1 }],
    { name: 'Ann', trafficParams },
  ],
])('takes %s', (_, rest, expected) => {
  expect(readArguments([email, ...rest])).toEqual({ email, ...nothing, ...expected })
})

it('keeps the parameters that count where there are more than 40', () => {
  const many = Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`p${n}`, 'x']))
  const { trafficParams: kept } = readArguments([email, 'Ann', { ...many, tag: 'spring', click_id: 'c' }])
  expect(Object.keys(kept)).toHaveLength(40)
  expect(kept).toMatchObject({ tag: 'spring', click_id: 'c' })
})

it('cuts a parameter that is longer than the server takes', () => {
  const { trafficParams: kept } = readArguments([email, 'Ann', { click_id: 'x'.repeat(5000) }])
  expect(kept['click_id']).toHaveLength(2048)
})

it.each<[string, unknown[]]>([
  ['email', []],
  ['email', [undefined]],
  ['email', [null]],
  ['email', ['  ']],
  ['email', ['Ann']],
  ['email', [7]],
  ['email', [{ value: email }]],
  ['email', [Promise.resolve(email)]],
  ['name', [email, () => 'Ann']],
  ['name', [email, { first: 'Ann' }, { tag: 'a' }]],
  ['trafficParams', [email, 'Ann', 'spring']],
  ['trafficParams', [email, 'Ann', 7]],
  ['trafficParams', [email, 'Ann', true]],
  ['trafficParams', [email, 'Ann', () => ({})]],
  ['trafficParams', [email, 'Ann', Promise.resolve({})]],
  ['trafficParams', [email, 'Ann', new Date()]],
  ['trafficParams', [email, 'Ann', ['spring']]],
  ['visitorId', [email, 'Ann', {}, { id: 'v-1' }]],
  ['visitorId', [email, 'Ann', {}, Promise.resolve('v-1')]],
  ['options', [email, 'Ann', {}, 'v-1', 'https://reg.example.com']],
])('refuses what can not be meant as %s, by name', (argument, given) => {
  const error = (() => {
    try {
      return readArguments(given)
    } catch (caught) {
      return caught
    }
  })()
  expect(error).toBeInstanceOf(RegistrationError)
  expect(error).toMatchObject({ code: 'INVALID_INPUT', message: expect.stringMatching(`^${argument}\\b`) })
})

import { expect, it } from 'vitest'
import { trafficParamsFromUrl } from './traffic-params-from-url.ts'

it("reads the old page's parameters", () => {
  expect(
    trafficParamsFromUrl('https://landing.example/a?tag=spring&pb=7&click_id=c%201&r=bonus&page=2&email=a#tag=no'),
  ).toEqual({
    tag: 'spring',
    pb: '7',
    click_id: 'c 1',
    custom_login_link: '/bonus',
  })
})

it('leaves out what is absent or empty', () => {
  expect(trafficParamsFromUrl(new URL('https://landing.example/?tag=&r='))).toEqual({})
  expect(trafficParamsFromUrl('?pb=1')).toEqual({ pb: '1' })
})

it('finds nothing where there is no page', () => {
  expect(trafficParamsFromUrl()).toEqual({})
})

it('reads sub-ids, campaigns and known click ids', () => {
  const traffic = [
    'sub1',
    'sub_id_2',
    'utm_source',
    'gclid',
    'fbclid',
    'msclkid',
    'ttclid',
    'yclid',
    'clickid',
    'gbraid',
  ]
  const url = `?${traffic.map((name) => `${name}=${name}-1`).join('&')}&lang=de&email=ann@example.com`
  expect(trafficParamsFromUrl(url)).toEqual(Object.fromEntries(traffic.map((name) => [name, `${name}-1`])))
})

it('reads an address that is no URL, with what is not encoded well', () => {
  expect(trafficParamsFromUrl('https://[?tag=%E0%A4%A&pb=1')).toMatchObject({ pb: '1' })
})

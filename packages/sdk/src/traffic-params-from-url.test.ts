import { expect, it } from 'vitest'
import { trafficParamsFromUrl } from './traffic-params-from-url.ts'

it("reads the old page's parameters", () => {
  expect(trafficParamsFromUrl('https://landing.example/a?tag=spring&pb=7&click_id=c%201&r=bonus&utm=x#tag=no')).toEqual(
    {
      tag: 'spring',
      pb: '7',
      click_id: 'c 1',
      custom_login_link: '/bonus',
    },
  )
})

it('leaves out what is absent or empty', () => {
  expect(trafficParamsFromUrl(new URL('https://landing.example/?tag=&r='))).toEqual({})
  expect(trafficParamsFromUrl('?pb=1')).toEqual({ pb: '1' })
})

it('finds nothing where there is no page', () => {
  expect(trafficParamsFromUrl()).toEqual({})
})

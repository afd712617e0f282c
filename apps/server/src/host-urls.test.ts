import { expect, it } from 'vitest'
import { hostUrls } from './host-urls.ts'

it.each([
  'postgres://u:p@db/app',
  'postgresql://db:5433/app?sslmode=verify-full&application_name=a,b',
  'postgres://u:p%2C%40@[::1]:5433/app',
  'postgres://u:p,q@db/app',
  'postgres:///app?host=/run/postgresql',
])('leaves %s to pg as it is', (url) => {
  expect(hostUrls(url)).toEqual({ urls: [url], followPrimary: false })
})

it('makes a URL of each host, with all that they share', () => {
  expect(hostUrls('postgres://u:p@one:5433,[::1],two/app?sslmode=require&target_session_attrs=read-write&x=1')).toEqual(
    {
      urls: [
        'postgres://u:p@one:5433/app?sslmode=require&x=1',
        'postgres://u:p@[::1]/app?sslmode=require&x=1',
        'postgres://u:p@two/app?sslmode=require&x=1',
      ],
      followPrimary: true,
    },
  )
})

it('several hosts follow the primary, and a single one only with target_session_attrs=primary', () => {
  expect(hostUrls('postgres://one,two/app')?.followPrimary).toBe(true)
  expect(hostUrls('postgres://one/app?target_session_attrs=primary')).toEqual({
    urls: ['postgres://one/app'],
    followPrimary: true,
  })
})

it.each([
  'mysql://one/app',
  'postgres://one,,two/app',
  'postgres://one,/app',
  'postgres://one,two/app?target_session_attrs=any',
  'postgres://one,two/app?target_session_attrs=prefer-standby',
])('refuses %s', (url) => {
  expect(hostUrls(url)).toBeUndefined()
})

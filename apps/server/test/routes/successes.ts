import { expect } from 'vitest'
import { linkTo, succeeded } from './expected-responses.ts'
import type { RouteCase } from './route-case.ts'

const ONE_ACCOUNT = { calls: 1, accounts: 1 }

/** The partner creates the account; which link the visitor gets. */
export const SUCCESSES: RouteCase[] = [
  {
    title: 'the custom login link is preferred, and all fields are saved',
    send: ({ client, request }) =>
      client.orchestrateRegistration({
        ...request,
        name: 'Ann',
        trafficParams: { tag: 'spring', pb: '7', click_id: 'c-1', custom_login_link: '/bonus' },
        siteUrl: 'https://landing.example/?tag=spring',
        source: 'newsletter',
        browserData: { language: 'en', screen: { width: 1280 } },
      }),
    expected: succeeded(linkTo('/bonus'), {
      userData: expect.objectContaining({
        success: true,
        domain: 'partner.example',
        password: expect.stringMatching(/^pass-/),
        deposit: expect.stringMatching(/^\/deposit/),
        name: 'Ann',
        visitorId: 'visitor-1',
      }),
    }),
    rows: [
      {
        status: 'succeeded',
        name: 'Ann',
        visitor_id: 'visitor-1',
        traffic_params: { tag: 'spring', pb: '7', click_id: 'c-1', custom_login_link: '/bonus' },
        site_url: 'https://landing.example/?tag=spring',
        source: 'newsletter',
        browser_data: { language: 'en', screen: { width: 1280 } },
        client_ip: '127.0.0.1',
        partner_domain: 'partner.example',
        partner_login: expect.any(String),
        deposit_url: linkTo('/bonus'),
        attempts: 1,
        settled_at: expect.any(Date),
      },
    ],
    partner: ONE_ACCOUNT,
  },
  {
    title: 'without a custom link the visitor gets the deposit page',
    expected: succeeded(linkTo('/deposit')),
    rows: [{ status: 'succeeded', deposit_url: linkTo('/deposit'), source: 'orchestrated', browser_data: null }],
    partner: ONE_ACCOUNT,
  },
  {
    title: 'without a deposit page the visitor gets the main page',
    arrange: ({ server, email }) => server.partner.misbehave(email, 'empty-strings'),
    expected: succeeded(linkTo('/'), { userData: expect.objectContaining({ login: '', password: '', deposit: '' }) }),
    rows: [{ status: 'succeeded', deposit_url: linkTo('/') }],
    partner: ONE_ACCOUNT,
  },
  {
    title: 'without another link the visitor gets the autologin link, which is stored only encrypted',
    arrange: ({ server, email }) => server.partner.misbehave(email, 'only-autologin'),
    expected: succeeded(linkTo('/autologin')),
    rows: [
      {
        status: 'succeeded',
        deposit_url: null,
        partner_answer: expect.not.objectContaining({ autologin: expect.anything() }),
        partner_secrets: expect.stringMatching(/^test:[\w-]+$/),
      },
    ],
    partner: ONE_ACCOUNT,
  },
  {
    title: 'a numeric login is passed on as a number',
    arrange: ({ server, email }) => server.partner.misbehave(email, 'numeric-login'),
    expected: succeeded(linkTo('/deposit'), { userData: expect.objectContaining({ login: 1_234_567 }) }),
    rows: [{ status: 'succeeded', partner_login: '1234567' }],
    partner: ONE_ACCOUNT,
  },
  {
    title: 'an answer without optional fields is a success',
    arrange: ({ server, email }) => server.partner.misbehave(email, 'missing-fields'),
    expected: succeeded(linkTo('/deposit')),
    rows: [{ status: 'succeeded', partner_login: null, partner_secrets: null }],
    partner: ONE_ACCOUNT,
  },
  {
    title: 'unknown fields of the answer are dropped',
    arrange: ({ server, email }) => server.partner.misbehave(email, 'extra-fields'),
    expected: succeeded(linkTo('/deposit'), { userData: expect.not.objectContaining({ currency: 'EUR' }) }),
    rows: [{ status: 'succeeded', partner_answer: expect.not.objectContaining({ currency: 'EUR' }) }],
    partner: ONE_ACCOUNT,
  },
  {
    title: 'an account without a link gives LINK_UNAVAILABLE',
    arrange: ({ server, email }) => server.partner.misbehave(email, 'no-link'),
    expected: succeeded(null),
    rows: [{ status: 'succeeded_without_link', deposit_url: null, partner_domain: 'partner.example' }],
    partner: ONE_ACCOUNT,
  },
  ...(['link-userinfo', 'link-host-suffix', 'link-double-slash'] as const).map(
    (lure): RouteCase => ({
      title: `a deposit page on another host is not used (${lure})`,
      arrange: ({ server, email }) => server.partner.misbehave(email, lure),
      expected: succeeded(linkTo('/')),
      rows: [{ status: 'succeeded', deposit_url: linkTo('/') }],
      partner: ONE_ACCOUNT,
    }),
  ),
  {
    title: 'a domain with user info is not used for a link',
    arrange: ({ server, email }) => server.partner.misbehave(email, 'link-domain-userinfo'),
    expected: succeeded(linkTo('/autologin')),
    rows: [{ status: 'succeeded', deposit_url: null }],
    partner: ONE_ACCOUNT,
  },
  {
    title: 'a javascript: URL is not used as a link',
    arrange: ({ server, email }) => server.partner.misbehave(email, 'link-javascript'),
    expected: succeeded(null),
    rows: [{ status: 'succeeded_without_link', deposit_url: null }],
    partner: ONE_ACCOUNT,
  },
  {
    title: 'a link on a host that REDIRECT_HOSTS does not list is not used',
    server: 'withAllowLists',
    arrange: ({ server, email }) => server.partner.misbehave(email, 'link-foreign-domain'),
    expected: succeeded(linkTo('/autologin')),
    rows: [{ status: 'succeeded', partner_domain: 'evil.example', deposit_url: null }],
    partner: ONE_ACCOUNT,
  },
]

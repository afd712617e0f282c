import { expect } from 'vitest'
import { linkTo, succeeded } from './replies.ts'
import type { Row } from './row.ts'

const ONE_ACCOUNT = { calls: 1, accounts: 1 }

/** The partner gives the account; which link the visitor gets. */
export const SUCCESSES: Row[] = [
  {
    it: 'sends the visitor to the custom login link first, and saves all there is',
    send: ({ client, request }) =>
      client.orchestrateRegistration({
        ...request,
        name: 'Ann',
        trafficParams: { tag: 'spring', pb: '7', click_id: 'c-1', custom_login_link: '/bonus' },
        siteUrl: 'https://landing.example/?tag=spring',
        source: 'newsletter',
        browserData: { language: 'en', screen: { width: 1280 } },
      }),
    reply: succeeded(linkTo('/bonus'), {
      userData: expect.objectContaining({
        success: true,
        domain: 'partner.example',
        password: expect.stringMatching(/^pass-/),
        deposit: expect.stringMatching(/^\/deposit/),
        name: 'Ann',
        visitorId: 'visitor-1',
      }),
    }),
    onFile: [
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
    it: 'sends the visitor to the deposit page where no custom link is asked for',
    reply: succeeded(linkTo('/deposit')),
    onFile: [{ status: 'succeeded', deposit_url: linkTo('/deposit'), source: 'orchestrated', browser_data: null }],
    partner: ONE_ACCOUNT,
  },
  {
    it: 'sends the visitor to the main page where there is no deposit page',
    before: ({ server, email }) => server.partner.misbehave(email, 'empty-strings'),
    reply: succeeded(linkTo('/'), { userData: expect.objectContaining({ login: '', password: '', deposit: '' }) }),
    onFile: [{ status: 'succeeded', deposit_url: linkTo('/') }],
    partner: ONE_ACCOUNT,
  },
  {
    it: 'logs the visitor in where there is no other link, and stores that link encrypted alone',
    before: ({ server, email }) => server.partner.misbehave(email, 'only-autologin'),
    reply: succeeded(linkTo('/autologin')),
    onFile: [
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
    it: 'passes on a login that is a number',
    before: ({ server, email }) => server.partner.misbehave(email, 'numeric-login'),
    reply: succeeded(linkTo('/deposit'), { userData: expect.objectContaining({ login: 1_234_567 }) }),
    onFile: [{ status: 'succeeded', partner_login: '1234567' }],
    partner: ONE_ACCOUNT,
  },
  {
    it: 'makes do with the fields that matter',
    before: ({ server, email }) => server.partner.misbehave(email, 'missing-fields'),
    reply: succeeded(linkTo('/deposit')),
    onFile: [{ status: 'succeeded', partner_login: null, partner_secrets: null }],
    partner: ONE_ACCOUNT,
  },
  {
    it: 'drops fields that nobody knows',
    before: ({ server, email }) => server.partner.misbehave(email, 'extra-fields'),
    reply: succeeded(linkTo('/deposit'), { userData: expect.not.objectContaining({ currency: 'EUR' }) }),
    onFile: [{ status: 'succeeded', partner_answer: expect.not.objectContaining({ currency: 'EUR' }) }],
    partner: ONE_ACCOUNT,
  },
  {
    it: 'tells of an account without a link as what it is',
    before: ({ server, email }) => server.partner.misbehave(email, 'no-link'),
    reply: succeeded(null),
    onFile: [{ status: 'succeeded_without_link', deposit_url: null, partner_domain: 'partner.example' }],
    partner: ONE_ACCOUNT,
  },
  ...(['link-userinfo', 'link-host-suffix', 'link-double-slash'] as const).map(
    (lure): Row => ({
      it: `passes over a deposit page that leads elsewhere (${lure})`,
      before: ({ server, email }) => server.partner.misbehave(email, lure),
      reply: succeeded(linkTo('/')),
      onFile: [{ status: 'succeeded', deposit_url: linkTo('/') }],
      partner: ONE_ACCOUNT,
    }),
  ),
  {
    it: 'follows no domain that hides another host',
    before: ({ server, email }) => server.partner.misbehave(email, 'link-domain-userinfo'),
    reply: succeeded(linkTo('/autologin')),
    onFile: [{ status: 'succeeded', deposit_url: null }],
    partner: ONE_ACCOUNT,
  },
  {
    it: 'takes no script for a link',
    before: ({ server, email }) => server.partner.misbehave(email, 'link-javascript'),
    reply: succeeded(null),
    onFile: [{ status: 'succeeded_without_link', deposit_url: null }],
    partner: ONE_ACCOUNT,
  },
  {
    it: 'sends nobody to a host that REDIRECT_HOSTS does not list',
    world: 'known',
    before: ({ server, email }) => server.partner.misbehave(email, 'link-foreign-domain'),
    reply: succeeded(linkTo('/autologin')),
    onFile: [{ status: 'succeeded', partner_domain: 'evil.example', deposit_url: null }],
    partner: ONE_ACCOUNT,
  },
]

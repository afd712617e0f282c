import { httpLink } from '@trpc/client/links/httpLink'

Object.assign(globalThis, { httpLink })

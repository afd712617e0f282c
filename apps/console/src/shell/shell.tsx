import { ActionIcon, AppShell, Box, Burger, Group, NavLink, ScrollArea, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { type ReactNode, useEffect, useRef } from 'react'
import { Link, useLocation } from 'wouter'
import { Icon, type IconName } from '../components/icon.tsx'
import { useI18n } from '../i18n/i18n.ts'
import { useSession } from '../session/session.ts'
import { LanguageSwitch } from './language-switch.tsx'
import { SchemeSwitch } from './scheme-switch.tsx'

const PLACES = [
  { path: '/overview', name: 'overview', icon: 'overview' },
  { path: '/registrations', name: 'registrations', icon: 'list' },
  { path: '/events', name: 'events', icon: 'bell' },
] as const satisfies { path: string; name: string; icon: IconName }[]

/** The frame of every page: navigation, language and colour scheme. */
export function Shell({ children }: { children: ReactNode }) {
  const { messages } = useI18n()
  const { signOut } = useSession()
  const [path] = useLocation()
  const [opened, { toggle, close }] = useDisclosure(false)
  const main = useRef<HTMLElement>(null)
  const section = path.split('/')[1]
  const seen = useRef(path)
  useEffect(() => {
    if (seen.current === path) return
    seen.current = path
    close()
    // Screen readers and keyboard users continue at the new page instead of at the link.
    main.current?.focus({ preventScroll: true })
    window.scrollTo(0, 0)
  }, [path, close])

  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 216, breakpoint: 'sm', collapsed: { mobile: !opened } }}
      padding={{ base: 'md', lg: 'xl' }}
    >
      <a className="skip" href="#content">
        {messages.shell.skip}
      </a>
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger hiddenFrom="sm" size="sm" opened={opened} onClick={toggle} aria-label={messages.shell.menu} />
            <Box component="img" src="/console/favicon.svg" alt="" w={26} h={26} />
            <Text fw={650} visibleFrom="xs">
              {messages.product}
            </Text>
          </Group>
          <Group gap="xs" wrap="nowrap">
            <LanguageSwitch />
            <SchemeSwitch />
            <ActionIcon variant="default" size="lg" aria-label={messages.shell.signOut} onClick={signOut}>
              <Icon name="leave" />
            </ActionIcon>
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="sm" aria-label={messages.shell.menu}>
        <ScrollArea>
          {PLACES.map(({ path: to, name, icon }) => (
            <NavLink
              key={name}
              component={Link}
              href={to}
              label={messages.shell.places[name]}
              leftSection={<Icon name={icon} />}
              active={to === `/${section}`}
              aria-current={to === `/${section}` ? 'page' : undefined}
            />
          ))}
        </ScrollArea>
      </AppShell.Navbar>
      <AppShell.Main ref={main} id="content" tabIndex={-1}>
        <Box maw={1240} mx="auto">
          {children}
        </Box>
      </AppShell.Main>
    </AppShell>
  )
}

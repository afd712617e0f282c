import { ActionIcon, AppShell, Box, Burger, Group, NavLink, ScrollArea, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { type ReactNode, useEffect, useRef } from 'react'
import { Link, useLocation } from 'wouter'
import { Icon, type IconName } from '../parts/icon.tsx'
import { useSession } from '../session/session.ts'
import { useSpeech } from '../texts/speech.ts'
import { LanguageSwitch } from './language-switch.tsx'
import { SchemeSwitch } from './scheme-switch.tsx'

const PLACES = [
  { path: '/overview', name: 'overview', icon: 'overview' },
  { path: '/registrations', name: 'registrations', icon: 'list' },
  { path: '/events', name: 'events', icon: 'bell' },
] as const satisfies { path: string; name: string; icon: IconName }[]

/** What is around every page: where one can go, and how the page looks. */
export function Shell({ children }: { children: ReactNode }) {
  const { texts } = useSpeech()
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
    // Who reads by ear or key begins at the new page, not at the link that led there.
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
        {texts.shell.skip}
      </a>
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger hiddenFrom="sm" size="sm" opened={opened} onClick={toggle} aria-label={texts.shell.menu} />
            <Box component="img" src="/console/favicon.svg" alt="" w={26} h={26} />
            <Text fw={650} visibleFrom="xs">
              {texts.product}
            </Text>
          </Group>
          <Group gap="xs" wrap="nowrap">
            <LanguageSwitch />
            <SchemeSwitch />
            <ActionIcon variant="default" size="lg" aria-label={texts.shell.signOut} onClick={signOut}>
              <Icon name="leave" />
            </ActionIcon>
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="sm" aria-label={texts.shell.menu}>
        <ScrollArea>
          {PLACES.map(({ path: to, name, icon }) => (
            <NavLink
              key={name}
              component={Link}
              href={to}
              label={texts.shell.places[name]}
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

import { Button } from '@mantine/core'
import { Link } from 'wouter'
import { useSpeech } from '../texts/speech.ts'
import { Notice } from './notice.tsx'

export function NotFound() {
  const { texts } = useSpeech()
  return (
    <Notice title={texts.parts.notFound} lead={texts.parts.notFoundLead} isPage>
      <Button component={Link} href="/overview" variant="default">
        {texts.shell.places.overview}
      </Button>
    </Notice>
  )
}

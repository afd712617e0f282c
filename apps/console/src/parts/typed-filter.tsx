import { TextInput, type TextInputProps } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { useEffect, useRef, useState } from 'react'

/** So long after the last key, what was typed is asked for. */
const SETTLED_MS = 300

export interface TypedFilterProps extends Omit<TextInputProps, 'value' | 'onChange'> {
  value: string
  onType(value: string): void
}

/** A text to filter by, asked for when its typing has come to rest. */
export function TypedFilter({ value, onType, ...props }: TypedFilterProps) {
  const [typed, setTyped] = useState(value)
  const told = useRef(value)
  const tell = useDebouncedCallback((text: string) => {
    told.current = text.trim()
    onType(told.current)
  }, SETTLED_MS)
  useEffect(() => {
    // It changed elsewhere: another page of the history, or all filters were cleared.
    if (value !== told.current) setTyped(value)
    told.current = value
  }, [value])
  return (
    <TextInput
      {...props}
      autoComplete="off"
      spellCheck={false}
      value={typed}
      onChange={({ currentTarget }) => {
        setTyped(currentTarget.value)
        tell(currentTarget.value)
      }}
    />
  )
}

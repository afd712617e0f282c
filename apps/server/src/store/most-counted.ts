/** As far as anything open is counted: more says nothing else, and takes longer than who looks at figures should cost. */
export const MOST_COUNTED = 10_000

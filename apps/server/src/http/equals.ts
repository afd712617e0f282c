/** Whether two types are the same, by whether each may stand for the other. */
export type Equals<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false

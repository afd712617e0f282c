/**
 * The traffic parameters of the landing page's URL: at most 40 parameters, with names of up to 64 letters, digits,
 * `_`, `.` and `-`. All are saved and sent to other apps. The partner gets those of `PARTNER_TRAFFIC_PARAMS`. Empty strings count as absent.
 */
export interface TrafficParams {
  /** At most 2,048 characters, as every parameter. */
  tag?: string | undefined
  pb?: string | undefined
  click_id?: string | undefined
  /** A path on the partner's site, such as `/bonus`: the page's `r` parameter behind a slash. */
  custom_login_link?: string | undefined
  [name: string]: string | undefined
}

/** Any JSON value. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json }

/**
 * One visitor to be registered with the partner and saved.
 *
 * Unknown fields are dropped; an internal app is told which. Only the e-mail may cost a registration: what describes the visitor is cleaned, cut or
 * dropped by the server where it doesn't fit, and `null`, `""`, `[]` and `{}` mean that an optional field is absent. The whole body may
 * have 16 KiB of UTF-8.
 */
export interface RegistrationRequest {
  /** The address whose code the visitor has confirmed: at most 254 characters, trimmed; identity ignores case. */
  email: string
  /** At most 200 characters, no control characters. */
  name?: string | undefined
  /** The page's own id for this visitor: 1 to 200 printable ASCII characters, since it travels in a header. */
  visitorId: string
  trafficParams?: TrafficParams | undefined
  /**
   * Makes repeating the call safe: 16 to 255 printable ASCII characters; from internal apps 1 to 255, which count within that app. A holder
   * of the key gets the deposit link, so make it unguessable (128 random bits). The server makes one for callers without.
   */
  idempotencyKey?: string | undefined
  /** The page's address: at most 2,048 characters. */
  siteUrl?: string | undefined
  /** What sent the visitor here: at most 100 characters; `orchestrated` when absent. */
  source?: string | undefined
  /** Data about the browser: an object of JSON values nested at most 8 deep. */
  browserData?: { [key: string]: Json } | undefined
  /** The signed proof that this e-mail was confirmed, from the code verification. */
  verificationToken?: string | undefined
  /** The visitor's address, IPv4 or IPv6. Counts only with an internal key: those callers act for another's browser. */
  clientIp?: string | undefined
}

/**
 * The request's fields that only describe the visitor. They are saved as they came and shown to operators. A field that is added
 * to the request is one of them unless it is named here.
 */
export type VisitorDescription = Omit<
  RegistrationRequest,
  'email' | 'visitorId' | 'trafficParams' | 'idempotencyKey' | 'source' | 'verificationToken' | 'clientIp'
>

/** Asks for the outcome of a registration without ever starting one. */
export interface StatusRequest {
  /** The registration's idempotency key. */
  idempotencyKey: string
}

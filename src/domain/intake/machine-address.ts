// Addresses behind which nobody reads: of senders that want no answer, of mail systems, of programs that
// send for a web site. None of them is a customer's.

/** no-reply@, shop-noreply@, no-reply-jp@, do_not_reply+77@ */
const NO_REPLY = /^(?:[\w.+-]*[-_.+])?(?:no|do[-_.]?not)[-_.]?reply[\w.+-]*@/;
const MAIL_SYSTEM = /^(?:mailer-daemon|postmaster|bounces?(?:[-_.+][\w.=+-]*)?)@/;
const PROGRAM =
  /^(?:wordpress|mailer|onboarding|notifications?|alerts?|submissions?|forms?|form-?mail|web-?forms?|contact-?form|system|auto-?mail|www-data|apache|nginx|nobody|root)(?:\+[\w.+-]*)?@/;
/** Programs that only tell; the others also pass on what a visitor has written. */
const NOTIFIER = /^(?:notifications?|alerts?)(?:\+[\w.+-]*)?@/;

/** Whatever is answered to it is lost. */
export function isUnread(address: string): boolean {
  return NO_REPLY.test(address) || MAIL_SYSTEM.test(address);
}

export function isNoReply(address: string): boolean {
  return NO_REPLY.test(address);
}

/** What tells of a mail that was not delivered. */
export function isMailSystem(address: string): boolean {
  return MAIL_SYSTEM.test(address);
}

/** Of a system that tells its users something. */
export function isNotifier(address: string): boolean {
  return NO_REPLY.test(address) || NOTIFIER.test(address);
}

/** Any of them. */
export function isMachineAddress(address: string): boolean {
  return NO_REPLY.test(address) || MAIL_SYSTEM.test(address) || PROGRAM.test(address);
}

// What goes wrong at a payment provider or a shop system. `{said}` is its own answer, without keys and
// addresses and bounded in length; its own code stands beside ours (AppError.code).

import type { StaffEntry } from "./entry.ts";

export const PROVIDER_ERRORS = {
  unreachable: {
    message: "{provider} cannot be reached ({why}).",
    mend: "Check the network, DNS and any firewall of this machine if this lasts; henkin tries again by itself.",
    ja: "{provider} に接続できません（{why}）。",
  },
  connection_lost: {
    message: "The connection to {provider} broke ({why}).",
    mend: "Nothing is to be done: henkin looks what happened, and repeats only under the same key.",
    ja: "{provider} との接続が途中で切れました（{why}）。",
  },
  timeout: {
    message: "{provider} did not answer in time.",
    mend: "See the provider's status page if this lasts; henkin looks what happened, and repeats only under the same key.",
    ja: "{provider} から時間内に応答がありませんでした。",
  },
  aborted: {
    message: "The call to {provider} was given up before its answer came.",
    mend: "Nothing is to be done: henkin was stopping, or had waited long enough.",
    ja: "{provider} への呼び出しを、応答の前に打ち切りました。",
  },
  server_error: {
    message: "{provider} has trouble of its own: {said}.",
    mend: "See the provider's status page if this lasts; henkin looks what happened, and tries again by itself.",
    ja: "{provider} 側で障害が起きています: {said}",
  },
  stored_server_error: {
    message: "{provider} keeps answering this request with the server error it has stored: {said}.",
    mend: "Look for the refund in the provider's dashboard; if it is not there, `henkin approve N` lets the same call be repeated.",
    ja: "{provider} は、この依頼に保存済みの障害応答を返し続けています: {said}",
  },
  conflict: {
    message: "{provider} is still busy with another request like this one: {said}.",
    mend: "Nothing is to be done: henkin asks again by itself under the same key.",
    ja: "{provider} は同じ依頼をまだ処理しています: {said}",
  },
  rate_limited: {
    message: "{provider} asks for fewer requests: {said}.",
    mend: "Nothing is to be done: henkin waits and asks again by itself.",
    ja: "{provider} への問い合わせが多すぎるため、待つよう求められました: {said}",
  },
  method_away: {
    message: "The payment method is not available at {provider} for the moment: {said}.",
    mend: "Nothing is to be done: henkin tries again by itself.",
    ja: "{provider} でこの支払い方法が一時的に使えません: {said}",
  },
  balance_insufficient: {
    message: "The balance at {provider} is too low for this refund: {said}.",
    mend: "Add funds to the provider's balance, or wait for the next payments; henkin looks again every day under the same approval.",
    ja: "{provider} の残高が足りないため、返金できません: {said}",
  },
  unauthorized: {
    message: "{provider} refuses the key ({said}).",
    mend: "Put a valid key into STRIPE_API_KEY or SMARTPAY_SECRET_KEY, start henkin again and run `henkin doctor`.",
    ja: "{provider} が API キーを拒否しています（{said}）。",
  },
  forbidden: {
    message: "{provider} does not allow this to henkin: {said}.",
    mend: "Run `henkin doctor`: it names the permission, contract or registered address that is missing at the provider.",
    ja: "{provider} がこの操作を許可していません: {said}",
  },
  epsilon_closed: {
    message: "Epsilon does not let henkin in (HTTP {status}).",
    mend: "Compare EPSILON_CONTRACT_CODE and EPSILON_API_BASE with the contract, and have Epsilon's support register this machine's public address for getsales2.cgi (オーダー情報確認CGI-2) and cancel_payment.cgi.",
    ja: "Epsilon が henkin の接続を受け付けません（HTTP {status}）。",
  },
  makeshop_closed: {
    message: "makeshop does not let henkin in (HTTP {status}).",
    mend: "Compare MAKESHOP_SHOP_ID and MAKESHOP_TOKEN with makeshop's admin screen (the order API's 認証コード, saved after it was issued), and allow there that orders are read (注文情報参照).",
    ja: "makeshop が henkin の接続を受け付けません（HTTP {status}）。",
  },
  refused: {
    message: "{provider} refuses to look any order up ({said}).",
    mend: "Compare EPSILON_CONTRACT_CODE and EPSILON_API_BASE with the contract, and have Epsilon's support register this machine's public address for getsales2.cgi (オーダー情報確認CGI-2) and cancel_payment.cgi.",
    ja: "{provider} がすべての照会を拒否しています（{said}）。",
  },
  look_up_refused: {
    message: "{provider} refuses to look this order up ({said}).",
    mend: "Look into Epsilon's admin screen for the order.",
    ja: "{provider} がこの注文の照会を拒否しました（{said}）。",
  },
  makeshop_refused: {
    message: "makeshop refuses to tell of the order ({said}).",
    mend: "Compare MAKESHOP_SHOP_ID and MAKESHOP_TOKEN with makeshop's admin screen, and look there for the order.",
    ja: "makeshop が注文の情報を返しません（{said}）。",
  },
  provider_refused: {
    message: "{provider} refuses: {said}.",
    mend: "Look at the payment in the provider's dashboard, and at `henkin ticket N`; a new attempt needs a new approval.",
    ja: "{provider} に拒否されました: {said}",
  },
  idempotency_mismatch: {
    message: "{provider} knows this idempotency key with another request ({what}).",
    mend: "Look for the refund in the provider's dashboard before anything else; nothing is repeated by itself.",
    ja: "{provider} では、このキーが別の依頼に使われています（{what}）。",
  },
  unreadable_answer: {
    message: "{provider} gave an answer that cannot be read ({why}).",
    mend: "Look at the payment in the provider's dashboard; henkin guesses nothing and goes on once an answer can be read.",
    ja: "{provider} の応答を読み取れません（{why}）。",
  },
  void_refused: {
    message: "{provider} refuses the cancellation ({said}).",
    mend: "Look at the payment in the provider's admin screen, and cancel it there if it is still only authorised.",
    ja: "{provider} が取り消しを拒否しました（{said}）。",
  },
  void_not_supported: {
    message: "{provider} cannot cancel {payment} ({why}).",
    mend: "Cancel or release it in the provider's admin screen; where it was charged, it must be refunded instead.",
    ja: "{provider} では {payment} を取り消せません（{why}）。",
  },
  void_not_seen: {
    message: "{provider} said that it has cancelled {payment}, and does not show it yet.",
    mend: "Look into the provider's admin screen if this lasts; henkin looks again.",
    ja: "{provider} は {payment} を取り消したと答えましたが、まだ反映されていません。",
  },
  void_unconfirmed: {
    message: "{provider} said that it has cancelled the payment, and then: {said}.",
    mend: "Look into the provider's admin screen if this lasts; henkin looks at the payment again by itself.",
    ja: "{provider} は取り消したと答えましたが、その後の確認ができません: {said}",
  },
  refund_not_supported: {
    message: "{provider} gives no money back by itself.",
    mend: "Transfer the money from the shop's own bank account.",
    ja: "{provider} には返金の機能がありません。",
  },
  imported_payment: {
    message: "{payment} was imported from a file and {why}.",
    mend: "Refund or cancel it by hand at its processor; `henkin done N REF` records it.",
    ja: "{payment} はファイルから取り込んだ決済のため、henkin では処理できません（{why}）。",
  },
  unknown_payment_id: {
    message: "{payment} is not the id of a payment of {provider}.",
    mend: "Look at `henkin ticket N`, and choose the payment anew.",
    ja: "{payment} は {provider} の決済の ID ではありません。",
  },
  invalid_amount: {
    message: "{amount} is no amount to refund.",
    mend: "Report this with the log: henkin must not ask for such an amount. Nothing was paid.",
    ja: "{amount} は返金できる金額ではありません。",
  },
  unsupported_currency: {
    message: "{provider} refunds only yen, not {currency}.",
    mend: "Refund it by hand in the provider's dashboard.",
    ja: "{provider} が返金できるのは円だけです（{currency}）。",
  },
  too_much_metadata: {
    message: "{provider} keeps no more than {most} entries with a refund.",
    mend: "Report this with the log: henkin must not send more. Nothing was paid.",
    ja: "{provider} の返金に付けられる情報は {most} 件までです。",
  },
  livemode_mismatch: {
    message: "{payment} is of {its} mode, and SMARTPAY_SECRET_KEY is a key of {ours} mode.",
    mend: "Put the key of the payment's mode into SMARTPAY_SECRET_KEY.",
    ja: "{payment} は {its} モードの決済ですが、SMARTPAY_SECRET_KEY は {ours} モードのキーです。",
  },
  invalid_idempotency_key: {
    message: "An idempotency key has 1 to 255 characters.",
    mend: "Report this with the log: henkin must not send such a key. Nothing was paid.",
    ja: "冪等キーは 1～255 文字でなければなりません。",
  },
  too_many_refunds: {
    message: "{provider} lists refunds without end.",
    mend: "Look at the payment in the provider's dashboard, and ask the provider's support.",
    ja: "{provider} の返金の一覧が終わりません。",
  },
  endless_list: {
    message: "{provider} names the same page as the next one again.",
    mend: "Run `henkin doctor` later; if it stays, ask the provider's support.",
    ja: "{provider} の一覧が同じページを繰り返します。",
  },
  invalid_page: {
    message: "The page of the payment list is not one of {provider}'s.",
    mend: "Report this with the log: the place where henkin goes on reading is damaged.",
    ja: "{provider} の決済一覧の読み取り位置が正しくありません。",
  },
  sandbox_file_missing: {
    message: "SANDBOX_PAYMENTS: there is no file {path}.",
    mend: "Write the file, or correct SANDBOX_PAYMENTS.",
    ja: "SANDBOX_PAYMENTS のファイル {path} がありません。",
  },
  sandbox_file_invalid: {
    message: "SANDBOX_PAYMENTS: {path} is no JSON array of payments ({why}).",
    mend: "Correct the file; the README shows an entry.",
    ja: "SANDBOX_PAYMENTS: {path} は決済の一覧ではありません（{why}）。",
  },
  sandbox_file_unreadable: {
    message: "SANDBOX_PAYMENTS: {path} cannot be used, as {why}.",
    mend: "Check the file's permissions, and that it is JSON in UTF-8.",
    ja: "SANDBOX_PAYMENTS: {path} を読めません（{why}）。",
  },
  sandbox_state_invalid: {
    message: "{path} is not a state of the sandbox ({why}).",
    mend: "Mend the file, or delete it: the sandbox then forgets the refunds it played.",
    ja: "{path} はサンドボックスの状態ではありません（{why}）。",
  },
} as const satisfies Record<string, StaffEntry>;

// Whole mails as a shop's inbox holds them, told apart by who speaks and what is wanted.

import { describe, expect, it } from "vitest";
import { classify } from "../../../src/domain/intake/classify.ts";
import type { IntakeContext } from "../../../src/domain/intake/contact-form.ts";
import { cpuMs } from "../../support/cpu-time.ts";
import { aMessage, type MessageParts } from "../../support/message.ts";

const CONTEXT: IntakeContext = {
  ownAddresses: ["info@shop.example.jp", "staff@shop.example.jp"],
  formFrom: [],
  shopDomain: "shop.example.jp",
  htmlText: null,
  attachedText: null,
};
const T = "taro@mail.example";

const BY_SOURCE: readonly (readonly [string, MessageParts])[] = [
  [
    "other",
    {
      from: "news@x.example",
      headers: { "List-Unsubscribe": "<mailto:u@x>" },
      subject: "秋のセール",
      text: "返金をお願いします、という声に応えて…キャンセル無料キャンペーン",
    },
  ],
  [
    "other",
    {
      from: "order@rakuten.example",
      subject: "【重要】お客様より返金依頼",
      text: "店舗運営者各位\nお客様からキャンセルの依頼がありました。RMSよりご確認ください。",
    },
  ],
  [
    "other",
    {
      from: "noreply@paypay.example",
      subject: "返金のお知らせ",
      text: "返金処理をしてください。手続きはこちらから",
    },
  ],
  [
    "other",
    {
      from: "info@shop.example.jp",
      to: T,
      subject: "【見本商店】発送のお知らせ",
      text: "田中様\nこの度はご注文いただきありがとうございます。\n商品を発送いたしました。\nキャンセルをご希望の場合はご連絡ください",
    },
  ],
  [
    "other",
    {
      from: "wordpress@shop.example.jp",
      subject: "[見本商店] 新しい注文 #1310",
      text: "田中 太郎 さんから次の注文を受け付けました。\n[注文 #1310]\n商品 数量 価格\n茶碗 ×1 ¥2,000\n小計: ¥2,000\n送料: ¥500\nお支払い方法: 銀行振込\n合計: ¥2,500\n備考: 届かない場合はキャンセルしてください\n",
    },
  ],
  [
    "other",
    {
      from: "wordpress@shop.example.jp",
      subject: "[見本商店] 注文がキャンセルされました #1310",
      text: "田中 太郎 さんの注文 #1310 はキャンセルされました。\n小計: ¥2,000",
    },
  ],
  [
    "other",
    {
      from: "scam@x.example",
      subject: "Refund",
      text: "Dear customer, your refund of $300 is pending. Click here to claim refund within 24 hours. Please confirm to get refund.",
    },
  ],
  [
    "other",
    {
      from: "nta@x.example",
      subject: "国税庁からのお知らせ",
      text: "還付金があります。返金を希望する方は下記URLよりお手続きください。",
    },
  ],
  [
    "other",
    {
      from: "sales@x.example",
      subject: "ご提案",
      text: "突然のご連絡失礼いたします。弊社サービスは返金業務を代行いたします。資料請求はこちらからお願いいたします。ぜひ返金の自動化をご検討ください。",
    },
  ],
  [
    "other",
    {
      from: "mori@supplier.example",
      subject: "返品の件",
      text: "いつもお世話になっております。先月納品分の不良につきまして、返品をお願いいたします。次回ご請求分より差し引きます。",
    },
  ],
  [
    "auto_reply",
    {
      from: T,
      subject: "Re: ご注文",
      text: "このメールは自動返信です。お問い合わせありがとうございます。",
    },
  ],
  [
    "auto_reply",
    {
      from: T,
      subject: "Out of office",
      text: "I am out until Monday. For refund please contact B.",
    },
  ],
  ["auto_reply", { from: T, headers: { "X-Autoreply": "yes" }, subject: "Re: x", text: "a" }],
  [
    "auto_reply",
    {
      from: T,
      headers: { "Auto-Submitted": "auto-replied" },
      subject: "Re: x",
      text: "キャンセルしてください",
    },
  ],
  ["auto_reply", { from: T, subject: "不在のお知らせ", text: "出張中です" }],
  [
    "auto_reply",
    {
      from: "support@x.example",
      subject: "[#123] お問い合わせを受け付けました",
      text: "お問い合わせを受け付けました。3営業日以内に返信します。",
      headers: { "Auto-Submitted": "auto-generated" },
    },
  ],
  [
    "auto_reply",
    {
      from: "support@x.example",
      subject: "受付完了",
      text: "お問い合わせいただきありがとうございます。\nお問い合わせ内容を受け付けました。担当者より連絡いたします。",
    },
  ],
  [
    "refund_request",
    {
      from: T,
      subject: "自動返信メールが来ません",
      text: "注文しましたが自動返信メールが来ません。キャンセルしてください。注文番号12",
    },
  ],
  [
    "refund_request",
    {
      from: T,
      subject: "Re: ご注文ありがとうございます",
      text: "キャンセル希望\n\n2026年11月6日(金) 18:40 見本商店 <info@shop.example.jp>:\n> この度はご注文いただき誠にありがとうございます。\n> キャンセルをご希望の場合は",
    },
  ],
  [
    "refund_request",
    {
      from: "noreply@form.run",
      replyTo: T,
      subject: "お問い合わせ",
      text: "お名前: 田中太郎\nメールアドレス: taro@mail.example\nお問い合わせ内容:\n注文12をキャンセルしてください",
      headers: { "List-Unsubscribe": "<https://x>" },
    },
  ],
  [
    "refund_request",
    {
      from: "purchase@corp.example",
      subject: "発注キャンセルのお願い",
      text: "いつもお世話になっております。株式会社サンプルの森です。貴社サイトにて購入いたしましたトナーにつきまして、発注をキャンセルしていただきたく、お願い申し上げます。弊社都合にて恐縮です。",
    },
  ],
  [
    "refund_request",
    {
      from: T,
      subject: "返金",
      text: "Dear customer service, I ordered a bag. Your order confirmation says 3 days. Please refund.",
    },
  ],
  [
    "refund_request",
    {
      from: T,
      subject: "不在",
      text: "不在で受け取れませんでした。もう要らないので注文12をキャンセルしてください",
    },
  ],
  [
    "other",
    { from: "staff@shop.example.jp", subject: "R-12の件", text: "承認\n返金しておいてください" },
  ],
  ["other", { from: T, subject: "迷子", text: "配送はいつですか" }],
  ["status_inquiry", { from: T, subject: "返金", text: "返金まだでしょうか" }],
  [
    "other",
    {
      from: "apply@x.example",
      subject: "求人応募",
      text: "求人に応募します。前職ではキャンセル対応、返金処理を担当しました。よろしくお願いします。",
    },
  ],
  [
    "other",
    {
      from: "press@x.example",
      subject: "取材",
      text: "返金対応についての取材をお願いしたいです。",
    },
  ],
  ["other", { from: T, subject: "口コミ", text: "返金対応も早くて最高でした！★5" }],
];

describe("the source of a mail", () => {
  it.each(BY_SOURCE)("%s: %j", (kind, parts) => {
    expect(classify(aMessage(parts), CONTEXT).kind).toBe(kind);
  });
});

/** Kind and intent, subject, text, sender. */
const BY_WORDS: readonly (readonly [
  expected: string,
  subject: string,
  text: string,
  from?: string,
])[] = [
  [
    "other",
    "お問い合わせ",
    "通販初心者です。気に入らなかったら送り返してお金を返してもらえるのでしょうか？",
  ],
  ["other", "キャンセルについて", "キャンセルはいつまで可能でしょうか？注文を考えています。"],
  [
    "other",
    "返品",
    "サイズが大きかったので、Sサイズと取り替えてほしいです。注文番号5521。返金は希望しません。",
  ],
  [
    "other",
    "住所間違い",
    "注文番号 881 の届け先を実家にしてしまいました。東京都…に変更をお願いします。間に合わなければキャンセルせずそのまま送ってください。",
  ],
  ["other", "退会希望", "退会したいです。アカウントをキャンセルしてください。"],
  ["other", "試着予約", "12月1日の試着の予約をキャンセルしたいです。田中"],
  ["other", "Newsletter", "Please cancel my subscription to your emails. I get too many."],
  ["other", "教室の件", "来週の金継ぎ教室ですが、都合が悪くなりキャンセルをお願いします。"],
  [
    "other",
    "イヤホン",
    "先日購入したノイズキャンセリングヘッドホンの片方から音が出ません。修理できますか？",
  ],
  ["other", "ありがとう", "返金確認しました！対応早くてびっくりです。また買います"],
  ["other", "お礼", "このたびはキャンセルを快くお受けいただきありがとうございました。"],
  ["other", "領収書", "注文551の領収書をPDFでください。キャンセルした分は除いてください。"],
  [
    "other",
    "いつ届きますか",
    "注文番号77 まだ届かないのですが、いつ届きますか？プレゼントなので間に合わないと困ります。",
  ],
  [
    "other",
    "【楽天市場】注文確認",
    "店舗様\n以下の注文がキャンセルされました。\n注文番号 345678-20241105-0123456789\n返金処理を行ってください。",
    "order@rakuten.example",
  ],
  [
    "other",
    "採用について",
    "貴社の求人に応募したく履歴書をお送りします。前職ではクレーム対応、返金業務に従事しておりました。",
  ],
  [
    "other",
    "クレジットカード現金化",
    "お金を返してもらえない方へ。過払い金の返還請求を代行します。無料相談はこちら https://x.example",
  ],
  [
    "other",
    "ご請求書の件",
    "株式会社紙業の佐藤です。11月分のご請求書をお送りします。先月の返品分は差し引いております。",
  ],
  ["other", "Re: 在庫", "在庫の件承知しました。キャンセル分が出たらご連絡ください。"],
  ["other", "口コミ投稿", "★☆☆☆☆ 最悪。返金もしてくれないし二度と買わない"],
  [
    "other",
    "Your PayPal refund",
    "Hello customer, You've received a refund. Log in to your account to view details. Click here.",
    "service@paypa1.example",
  ],
  [
    "other",
    "Amazon",
    "お客様のアカウントで不審な注文が確認されました。ご注文に心当たりがない場合は、こちらからキャンセルしてください。https://evil.example",
    "info@amazon.example",
  ],
  [
    "other",
    "SEO対策",
    "貴社サイトの返金率を下げる方法をご提案します。まずは無料診断をお申し込みください。",
  ],
  [
    "other",
    "取引先",
    "お世話になっております。見本食品です。納品した商品に異物混入の恐れがあり、回収・返金対応をさせていただきます。該当ロットをご連絡ください。",
  ],
  ["other", "質問", "返品は何日以内ですか？送料は？"],
  ["other", "Question", "Do you ship to Canada? And what if item breaks, do you refund?"],
  ["other", "再入荷", "キャンセルが出たら買いたいのでお知らせお願いします。"],
  ["other", "ポイント", "ポイントを使い忘れました。次回から使えますか。返金は不要です"],
  ["other", "包装", "ギフト包装をキャンセルして普通の箱でお願いします。注文は990です。"],
  ["other", "予約", "レストランの予約をキャンセルしてください"],
  ["other", "Re: お問い合わせの件", "ご返信ありがとうございます。では交換でお願いします。"],
  ["other", "写真", "商品が壊れていました。写真を送ります。どうしたらいいですか？"],
  [
    "other",
    "定休日",
    "弊社は以下の期間、年末年始休業とさせていただきます。12/29〜1/4。ご注文・キャンセルは1/5以降対応いたします。",
    "eigyo@supplier.example",
  ],
  [
    "refund_request/cancel",
    "すみません",
    "間違えて注文しました。取り消しできますか？できるならお願いします。",
  ],
  [
    "refund_request/cancel",
    "注文の件",
    "夜分にすみません。さっき頼んだんですが、主人に怒られまして…なかったことにできませんでしょうか。お願いします。",
  ],
  ["refund_request/cancel", "キャンセル", "お願いします。田中太郎 注文番号123"],
  [
    "refund_request/cancel",
    "注文取消のお願い",
    "いつもお世話になっております。首記の件、発注番号AB-12につきまして、発注内容に誤りがございましたため、お取消し頂きたく存じます。",
  ],
  [
    "refund_request/cancel",
    "order 551",
    "Hi there,\n\nI made a mistake with the size. Is it possible to cancel? If so please go ahead and cancel.\n\nCheers",
  ],
  [
    "refund_request/cancel",
    "Stop order",
    "please stop order 551 and cancel, I find cheaper in other shop",
  ],
  ["refund_request/cancel", "至急", "まだ発送してないなら止めてください！キャンセルです！"],
  [
    "refund_request/cancel",
    "番号123",
    "123番やけど、もういらんからキャンセルしといて。金も返してな",
  ],
  [
    "refund_request/cancel",
    "注文の件",
    "注文番号345をキャンセルいたしたく、ご連絡差し上げました。",
  ],
  [
    "refund_request/cancel",
    "質問です",
    "昨日注文した者です。配送が12月になると聞きました。それでは遅いので注文を取りやめたいのですがどうすればよいですか。",
  ],
  [
    "refund_request/cancel",
    "ちゅうもん",
    "まちがえて２こかってしまいました。ひとつはいらないです。とりけしてください",
  ],
  [
    "refund_request/cancel",
    "注文番号678",
    "キャンセル希望です。支払い済みです。返金もお願いいたします。",
  ],
  [
    "refund_request/full",
    "破損",
    "届いた花瓶が粉々でした。代わりはいりませんので、お金をお返しください。",
  ],
  ["refund_request/full", "Refund", "I never received my parcel. I want my money."],
  [
    "refund_request/full",
    "Broken",
    "The lamp doesn't work. I'd like to send it back and be refunded.",
  ],
  [
    "refund_request/full",
    "返金",
    "まだですか？と聞く前に、そもそも返金をお願いしたいのですが。注文12の品が不良でした。",
  ],
  [
    "refund_request/full",
    "不良品",
    "ファスナーが壊れています。返品返金を希望します。着払いで送ります。",
  ],
  [
    "refund_request/full",
    "二重決済",
    "カードの明細に同じ金額が2回載っています。1回分を返金してください。",
  ],
  ["refund_request/full", "詐欺", "偽物じゃねえか。金返せ。返さないなら警察行く"],
  ["refund_request/full", "ｺﾏｯﾃﾏｽ", "ﾄﾄﾞｲﾀ ｼｮｳﾋﾝ ｶﾞ ｺﾜﾚﾃﾏｼﾀ｡ ﾍﾝｷﾝ ｼﾃ ｸﾀﾞｻｲ"],
  [
    "refund_request/full",
    "お願い",
    "長年利用しています。母の誕生日に贈った花が枯れて届き、母が悲しんでおりました。今まで一度もこのようなことはなかったのに残念です。責めるつもりはありませんが、代金をお戻しいただくわけにはまいりませんでしょうか。",
  ],
  [
    "refund_request/full",
    "about order",
    "Sir, the goods is not same like picture. I am not satisfy. I request you to return my amount.",
  ],
  ["refund_request/full", "返品", "返品したいです。開封済みですが不良です。返金お願いできますか"],
  ["refund_request/partial", "一部", "注文901のうち、マグカップだけキャンセルしたいです。"],
  [
    "refund_request/partial",
    "送料",
    "送料が二重に請求されています。一回分の送料を返してください。",
  ],
  [
    "refund_request/partial",
    "overcharged",
    "I was charged 5,000 yen but the price is 4,000 yen. Please refund the 1,000 yen difference.",
  ],
  [
    "refund_request/partial",
    "破損",
    "6本セットのうち2本が割れていました。2本分の返金を希望します。",
  ],
  [
    "refund_request/partial",
    "値引き",
    "クーポンが適用されていませんでした。割引分を返金していただけますか。",
  ],
  [
    "refund_request/asks",
    "キャンセル可否",
    "注文番号5510の商品ですが、発送準備中でもキャンセルは可能でしょうか？",
  ],
  [
    "refund_request/asks",
    "質問",
    "先週買った炊飯器、一回使っちゃったんですけど返金ってできますか？",
  ],
  [
    "refund_request/asks",
    "Can I?",
    "I ordered a kimono yesterday. Can I cancel if it has not shipped?",
  ],
  [
    "refund_request/asks",
    "教えて",
    "注文番号12、キャンセルしたらキャンセル料はかかりますか？まだ迷っています。",
  ],
  [
    "refund_request/asks",
    "返金",
    "昨日届いたのですが、箱が少しへこんでました。こういうのって返金してもらえるんですか？",
  ],
  [
    "refund_request/withdraw",
    "先程の件",
    "先程キャンセルをお願いしたのですが、やはり購入したいのでキャンセルを取り消してください。",
  ],
  [
    "refund_request/withdraw",
    "返金不要",
    "昨日返金をお願いした者です。商品が届きましたので、返金は不要です。お騒がせしました。",
  ],
  [
    "refund_request/withdraw",
    "Re my refund",
    "Hi, please disregard my earlier email asking for a refund. The parcel arrived.",
  ],
  [
    "refund_request/withdraw",
    "キャンセル撤回",
    "キャンセルのお願いを撤回します。そのまま発送をお願いします。",
  ],
  [
    "status_inquiry",
    "返金",
    "キャンセルしてから1ヶ月経ちますが、返金されません。いつになりますか。",
  ],
  [
    "status_inquiry",
    "返金の件",
    "先日返金処理をしたとご連絡いただきましたが、まだ口座に入金がありません。ご確認ください。",
  ],
  [
    "status_inquiry",
    "Refund?",
    "It's been 3 weeks since you confirmed my refund. Nothing on my card. Please check.",
  ],
  ["status_inquiry", "お金", "お金まだ？もう3週間待ってるけど"],
  ["status_inquiry", "確認", "10/5にキャンセルした注文112の返金状況を教えてください。"],
  [
    "status_inquiry",
    "入金",
    "返金分の入金がまだ確認できておりません。ご確認のほどよろしくお願いいたします。",
  ],
  ["status_inquiry", "where", "where is my refund?? you promise 5 days"],
  [
    "status_inquiry",
    "返品",
    "返品した靴の代金、いつ返ってきますか？10日前に発送してそちらに届いているはずです。",
  ],
  [
    "auto_reply",
    "Re: 返金のご案内",
    "ただいま不在にしております。メールをいただきありがとうございます。12/5以降にご返信いたします。",
  ],
  [
    "auto_reply",
    "【自動返信】お問い合わせを受け付けました",
    "お問い合わせありがとうございます。",
    "support@other.example",
  ],
  ["auto_reply", "Automatic reply: refund", "I'm on leave until 5 Dec."],
  [
    "auto_reply",
    "Auto: Re: refund",
    "Thank you for your email. I am currently out of the office and will return on 5 Dec. For urgent matters contact B.",
  ],
  [
    "refund_request/cancel",
    "出張中につき",
    "来週まで出張で不在のため受け取れません。申し訳ないですが注文55はキャンセルでお願いします。",
  ],
  [
    "other",
    "Exchange",
    "Hello, I got a blue shirt but ordered red. Please exchange. I don't need refund.",
  ],
  [
    "other",
    "Delivery",
    "My parcel says delivered but I did not get it. Can you check with the post office?",
  ],
  ["other", "thank you", "Thank you for cancelling and refunding so fast. Will shop again!"],
  [
    "other",
    "Wholesale",
    "We are a manufacturer of bags. Full refund if not satisfied. Please contact us for price list.",
    "sales@x.example",
  ],
  ["other", "cancel newsletter", "I keep getting your newsletters, cancel please"],
  [
    "other",
    "Address",
    "Please change shipping address for order 12. New address: Osaka... If impossible don't cancel, I will pick up.",
  ],
  [
    "other",
    "invoice",
    "Could you send an invoice for order 334? We need it for tax refund at customs.",
  ],
  ["other", "Tax free", "Can I get the tax refund as a tourist?"],
  ["other", "policy", "Hi! Before I buy: what's the refund policy if it arrives broken?"],
  ["other", "your listing", "Your cancellation page link is broken, FYI"],
  [
    "other",
    "注文前の質問",
    "もし在庫切れだったときはキャンセルになりますか？それとも待てば届きますか？まだ買ってません",
  ],
  [
    "other",
    "不良",
    "届いた商品が動きません。新しいものと交換してもらえますか。だめなら修理でも構いません。",
  ],
  ["other", "配達日", "今週は不在なので配達を来週に変更してください。"],
  [
    "other",
    "受け取り",
    "コンビニ受け取りにしたのですが期限が切れました。再送してもらえますか？返金は望みません。",
  ],
  ["other", "会員", "プレミアム会員の解約をお願いします。"],
  ["other", "ワークショップ", "体験会の申し込みを取り消したいです。11/30 10時の回です。"],
  ["other", "なりすまし", "私の名前で注文されていますが私ではありません。確認してください。"],
  ["other", "レビュー", "返金対応してもらえて助かりました。星5です。"],
  [
    "other",
    "お詫び",
    "御社担当の山田です。先日の納品遅延につきお詫び申し上げます。ご希望であればキャンセル・返金にも対応いたします。",
    "yamada@vendor.example",
  ],
  [
    "other",
    "新サービス",
    "返品・返金業務でお困りではありませんか？弊社のシステムなら自動でキャンセル処理が可能です。デモのお申し込みをお待ちしております。",
    "eigyo@vendor.example",
  ],
  [
    "other",
    "【重要】ご注文の確認",
    "ご注文ありがとうございます。キャンセルする場合は24時間以内に下記リンクからお手続きください。",
    "no-reply@scam.example",
  ],
  ["other", "アンケート", "返金制度に関するアンケートにご協力をお願いします。回答はこちら。"],
  ["other", "金額", "注文88の合計金額が間違っていませんか？送料無料のはずですが。"],
  ["other", "支払い", "間違えて二回コンビニで払っていないか確認してもらえますか？番号は1212です"],
  ["other", "メルマガ解除", "配信停止をお願いします。何度もキャンセルしているのに届きます。"],
  [
    "other",
    "キャンセルされた",
    "注文を勝手にキャンセルされたようですが理由を教えてください。番号77です。",
  ],
  [
    "other",
    "商品の使い方",
    "録画予約をキャンセルする方法がわかりません。先日買ったレコーダーです。",
  ],
  ["other", "返品しました", "本日、交換品と引き換えに不良品を返送しました。ご確認ください。"],
  ["refund_request/cancel", "注文", "やっぱりやめます。注文番号8812。すみません"],
  [
    "refund_request/cancel",
    "変更かキャンセル",
    "色の変更ができないならキャンセルでお願いします。注文番号5です",
  ],
  [
    "refund_request/cancel",
    "pre-order",
    "I'd like to cancel my preorder of the figure, order #8821. Thanks.",
  ],
  [
    "refund_request/cancel",
    "help",
    "hello i dont want it anymore, can u cancel order pls? number 4432",
  ],
  [
    "refund_request/cancel",
    "order",
    "I ordered twice by accident. Please cancel one of the orders, 551.",
  ],
  [
    "refund_request/cancel",
    "キャンセル願い",
    "拝啓 時下ますますご清栄のこととお慶び申し上げます。さて、過日注文いたしました座布団につきまして、家人が入院いたしました故、誠に身勝手ながら取り消し方お願い申し上げます。敬具",
  ],
  [
    "refund_request/cancel",
    "発注取消",
    "発注書No.881の件、先方都合により中止となりました。お手数ですが発注のキャンセル手続きをお願いします。既に入金済みですので返金先を別途ご連絡します。",
  ],
  [
    "refund_request/cancel",
    "ごめんなさい",
    "学生です。親に内緒で買ってしまって怒られました。キャンセルさせてくださいお願いします",
  ],
  [
    "refund_request/cancel",
    "取り消し",
    "注文しましたが、同じ物が家にありました。取り消しお願いできませんか？",
  ],
  ["refund_request/cancel", "支払前", "まだ振り込んでいません。注文は無かった事にして下さい。"],
  ["refund_request/cancel", "注文番号９１", "キャンセルしたいねんけど、どうしたらええの？"],
  [
    "refund_request/cancel",
    "order 91",
    "It was supposed to arrive last Friday, it's useless now. Cancel it and give me a refund.",
  ],
  [
    "refund_request/full",
    "食品",
    "食べたらお腹を壊しました。返金ぐらいしてもらわないと納得できません。",
  ],
  ["refund_request/full", "サイズ", "表記と違う大きさでした。全額返金していただけますよね？"],
  ["refund_request/full", "届かない", "1か月待っても届きません。もう待てないので返金して下さい"],
  ["refund_request/full", "Faulty", "Faulty item. Refund or I report you."],
  ["refund_request/full", "broken", "product broken when arrive. i want refund thank you"],
  ["refund_request/full", "refund plz", "order no 881 refund plz"],
  ["refund_request/full", "返金依頼", "注文番号 55-1 商品未着のため返金を依頼いたします。"],
  [
    "refund_request/full",
    "お金",
    "まちがえておなじのをふたつはらってます。おかねをもどしてください",
  ],
  ["refund_request/full", "返金の件", "先日電話でお話しした返金の件、正式にお願いいたします。"],
  [
    "refund_request/full",
    "お願い",
    "交換していただいた品も不良でした。もう交換は結構ですので、ご返金いただけますか。",
  ],
  [
    "refund_request/full",
    "返金",
    "店員さんに言われたのでメールします。返金してもらえるそうなので手続きお願いします。",
  ],
  ["refund_request/full", "Money", "Hello I pay but no product. Return the money please"],
  [
    "refund_request/partial",
    "3点注文",
    "3点注文しましたが1点欠品とのこと。その1点分を返金してください。他の2点は受け取ります。",
  ],
  [
    "refund_request/partial",
    "discount",
    "The coupon was not applied. Could you please refund the difference of 500 yen?",
  ],
  ["refund_request/partial", "キャンセル", "カップ2個のうち1個をキャンセルしてください。"],
  ["refund_request/partial", "割れ", "割れていた1枚の代金だけ返金してもらえればOKです"],
  ["refund_request/asks", "おたずね", "昨日注文した枕ですが、今からでも取り消しは可能ですか"],
  ["refund_request/asks", "保証", "先月買った掃除機が壊れました。返金の対象になるのでしょうか？"],
  [
    "refund_request/asks",
    "refund?",
    "I bought a phone case from you last week. It doesn't fit. Is it refundable?",
  ],
  ["refund_request/asks", "cancellation", "Is there still time to cancel my order 5512?"],
  ["refund_request/asks", "返品", "注文番号331です。開封後でも返品・返金できますか？"],
  [
    "refund_request/withdraw",
    "キャンセルの件",
    "昨日キャンセルの連絡をした鈴木ですが、やっぱりキャンセルはなしで！このまま送ってください",
  ],
  [
    "refund_request/withdraw",
    "refund",
    "Please cancel my refund request, I found the missing piece.",
  ],
  [
    "refund_request/withdraw",
    "返金不要",
    "お騒がせしました。箱の底に入っていました。返金はもう不要です。",
  ],
  ["status_inquiry", "refund", "You told me refund in 5 days. Its 20 days now. Still nothing."],
  [
    "status_inquiry",
    "返金について",
    "返金手続き完了のメールをもらいましたが、まだ返ってきません。",
  ],
  ["status_inquiry", "確認", "いつ返金されるのか教えてください。先月返品済みです。"],
  [
    "status_inquiry",
    "キャンセル済",
    "キャンセル承りましたとのメールから2週間、返金が確認できておりませんのでご連絡しました。",
  ],
  [
    "status_inquiry",
    "Refund status",
    "Could you let me know the status of my refund for order 771?",
  ],
  ["status_inquiry", "返金", "返金予定日を過ぎていますが振り込まれていないようです。"],
  [
    "refund_request/cancel",
    "ご相談",
    "先週木曜に注文した者です。注文番号4412。実は父が急逝しまして、法事用に頼んだ引き出物が不要となりました。大変心苦しいのですが、注文を取り消すことをお許しいただけないでしょうか。",
  ],
  ["refund_request/cancel", "あの", "注文ってもう発送されました？まだなら取り消したいんですが"],
  [
    "refund_request/cancel",
    "発送前確認",
    "まだ発送されていなければキャンセルをお願いし、発送済みの場合はそのまま受け取ります。注文番号 3121",
  ],
  [
    "refund_request/cancel",
    "誤注文",
    "数量を10個のところ100個で注文してしまいました。一旦キャンセルしていただき、改めて注文し直します。",
  ],
  [
    "refund_request/cancel",
    "Cancellation",
    "Dear Sir/Madam, with regret I have to cancel my order no. 8812 placed on 3 November. Yours faithfully",
  ],
  [
    "refund_request/cancel",
    "hello",
    "my husband already buy same one so no need anymore, you can cancel it and money back to card",
  ],
  ["refund_request/cancel", "キャンセル", "すみませんがキャンセルで。"],
  [
    "refund_request/cancel",
    "注文したのですが",
    "ちょっと考え直して、今回は見送りたいので取消でお願いします",
  ],
  [
    "refund_request/full",
    "残念です",
    "期待していただけに残念です。色も形も写真と違いすぎます。着ていく予定の式も終わってしまいました。もう使い道がありません。お金は返していただけるんですよね？",
  ],
  [
    "refund_request/full",
    "怒っています",
    "3回目の不良品です。交換はもう信用できないので返金にしてください。",
  ],
  [
    "refund_request/full",
    "代金",
    "商品を返送しました。伝票番号1234-5678-9012。到着次第、代金の返金をお願いします。",
  ],
  ["refund_request/full", "払戻", "払い戻し希望。注文番号9921。理由：破損"],
  [
    "refund_request/full",
    "refund",
    "To whom it may concern: I hereby demand a full refund for order 5513 within 14 days.",
  ],
  [
    "refund_request/full",
    "hi",
    "Hi the earring one side missing. I'm very sad. Can I have refund please? Order 331",
  ],
  [
    "refund_request/full",
    "問い合わせ",
    "商品不着。ヤマトに聞いたら紛失とのこと。再送は不要。返金処理願います。",
  ],
  ["refund_request/full", "返金のお願い", "先日の件でご連絡しました。写真を添付します。"],
  [
    "refund_request/partial",
    "値段",
    "同じ商品が翌日半額になっていました。差額分お返しいただくことはできないでしょうか。",
  ],
  [
    "refund_request/partial",
    "不足",
    "りんご10個入りのはずが8個でした。2個分返金お願いできますか。",
  ],
  [
    "refund_request/partial",
    "Partial",
    "Two of the five plates came broken. Please refund me for those two, I'll keep the others.",
  ],
  [
    "refund_request/partial",
    "時間指定料",
    "時間指定料300円を払いましたが守られませんでした。その300円を返してください。",
  ],
  [
    "refund_request/asks",
    "キャンセル",
    "注文番号7712ですが、予約商品の発売延期の場合、キャンセルはできるのでしょうか。",
  ],
  [
    "refund_request/asks",
    "質問",
    "昨日届いたセーター、洗濯したら縮みました。こういう場合は返金してもらえるものでしょうか。",
  ],
  ["refund_request/asks", "Order 8812", "Am I still in time to cancel order 8812?"],
  [
    "refund_request/asks",
    "返金可否",
    "注文番号1199。パッケージを開けてしまいましたが返金可能か教えてください。",
  ],
  [
    "refund_request/withdraw",
    "やっぱり",
    "昨日キャンセルお願いしちゃったんですけど、やっぱり欲しいです！まだ間に合いますか？",
  ],
  [
    "refund_request/withdraw",
    "取り下げ",
    "返金の申請を出しましたが、メーカーで修理してもらえることになりましたので取り下げます。",
  ],
  [
    "refund_request/withdraw",
    "Order 12",
    "Please do not cancel order 12 after all! My wife wants it.",
  ],
  ["status_inquiry", "返金", "11/1返金とのことでしたが、今日現在口座に入っておりません。"],
  ["status_inquiry", "返金遅い", "返金まだ？遅すぎ"],
  ["status_inquiry", "refund pending", "My refund still not come. I wait since October."],
  [
    "status_inquiry",
    "ご確認",
    "取消処理をしていただいた分のカード返金が明細に出てきません。いつ頃になりますでしょうか。",
  ],
  ["status_inquiry", "振込", "返金の振込はいつ頃になりますでしょうか。口座はお伝え済みです。"],
  ["other", "在庫", "キャンセル品が出たら連絡ください"],
  [
    "other",
    "質問",
    "ギフト用ですが、贈り先の都合が悪い場合は返品返金は可能ですか。検討しています。",
  ],
  ["other", "交換", "注文番号5512のTシャツ、MをLに変えて欲しいです。返品送料はこちらで持ちます。"],
  ["other", "不良", "ファスナーが壊れました。修理してもらえますか？保証書あります"],
  ["other", "お礼", "このたびは無理なキャンセルをお聞き入れいただき本当にありがとうございました。"],
  ["other", "予約", "12/24のランチ2名の予約、キャンセルします。"],
  ["other", "解除", "LINEの友だち登録をキャンセルしたいです"],
  [
    "other",
    "届け先",
    "注文番号8812。届け先を職場にしてください。無理ならキャンセルせずに自宅のままで結構です。",
  ],
  ["other", "Question", "Do you take returns from abroad? Thinking of ordering a knife."],
  ["other", "Thanks", "Got my refund today, thanks a lot for the help!"],
  ["other", "re: exchange", "Thank you, the replacement arrived. No refund needed anymore."],
  [
    "other",
    "お知らせ",
    "【Yahoo!ショッピング】ストア各位　キャンセル・返金処理の仕様変更のお知らせです。ご確認をお願いします。",
    "info@yahoo.example",
  ],
  [
    "other",
    "決済サービス",
    "加盟店の皆様 返金機能のメンテナンスを実施します。返金をご希望の場合は管理画面から操作してください。",
    "info@pay.example",
  ],
  [
    "other",
    "ご注文キャンセルのお知らせ",
    "見本商店様 弊社にてご注文いただいた事務用品は欠品のためキャンセルとさせていただきます。代金は返金いたします。",
    "order@askl.example",
  ],
  [
    "other",
    "請求書",
    "請求書に誤りがありましたので差し替えをお願いします。返金は発生しません。",
    "keiri@x.example",
  ],
  [
    "other",
    "保険",
    "商品の破損について運送保険の請求手続きをお願いします。運送会社です。",
    "claim@unso.example",
  ],
  ["other", "イベント", "本日のライブ配信がキャンセルになった件、アーカイブはありますか？"],
  ["other", "応募", "キャンペーンに応募したいです。全額キャッシュバックはいつですか"],
  [
    "other",
    "Your invoice is overdue",
    "Dear customer, your payment failed. To avoid cancellation of your order please update your card here: http://evil.example",
    "billing@evil.example",
  ],
  [
    "auto_reply",
    "Re: お問い合わせの件",
    "本メールは自動応答です。現在夏季休業中です。8/17以降に順次ご返信いたします。",
  ],
  [
    "auto_reply",
    "Abwesenheit / Out of Office: Your refund",
    "Ich bin nicht im Büro. I am out of office until 5 Dec.",
  ],
];

describe("the words of a mail", () => {
  const cases = BY_WORDS.map(
    ([kind, subject, text, from = T]) => [kind, subject, text, from] as const,
  );
  it.each(cases)("%s: %s: %s", (expected, subject, text, from) => {
    const { kind, fields } = classify(aMessage({ from, subject, text }), CONTEXT);
    expect(kind === "refund_request" ? `${kind}/${fields?.intent}` : kind).toBe(expected);
  });
});

describe("a hostile body", () => {
  it.each([
    "この返信は自動",
    "ご注文いただき",
    "お客様の返金を",
    "your order your refund ",
    "不在次第以降",
    "[[[[((((",
    "all1",
    "cancel and ",
    "please you can not ",
    "「「「返金",
  ])("of %s is sorted in time", (words) => {
    const text = words.repeat(Math.ceil(60_000 / words.length));
    const start = process.cpuUsage();
    classify(aMessage({ from: T, subject: "返金", text }), CONTEXT);
    expect(cpuMs(start)).toBeLessThan(400);
  });
});

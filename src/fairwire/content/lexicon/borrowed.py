"""Names and loanwords that mean the same in each of the other languages: companies, currencies, words taken from English."""

from __future__ import annotations

_COMPANIES = (
    "amazon apple paypal netflix spotify microsoft google facebook instagram whatsapp icloud ebay visa mastercard coinbase "
    "binance tiktok telegram linkedin docusign dropbox vodafone disney+ santander ing n26 revolut"
)
_CARRIERS = (
    "dhl dpd gls ups fedex hermes postnl bpost chronopost colissimo mondial_relay la_poste correos seur mrw ctt brt sda "
    "bartolini poste_italiane deutsche_post post_nl correios"
)
_BANKS = (
    "sparkasse volksbank commerzbank postbank deutsche_bank comdirect bnp bnp_paribas crédit_agricole credit_mutuel "
    "crédit_mutuel société_générale caisse_d'épargne banque_postale boursorama bbva caixabank bankinter sabadell openbank "
    "rabobank abn_amro abn sns_bank bunq intesa intesa_sanpaolo unicredit bancoposta postepay millennium_bcp novo_banco "
    "caixa_geral nubank bradesco itau itaú"
)
_OFFICES = (
    "ameli antai belastingdienst digid cjib inps agenzia_delle_entrate agencia_tributaria dgt impots impots.gouv finanzamt "
    "elster interpol europol"
)
CONCEPTS: dict[str, str] = {
    "famous": f"{_COMPANIES} {_CARRIERS} {_BANKS} {_OFFICES}",
    "brand": "amazon apple paypal netflix microsoft google ebay visa mastercard facebook whatsapp bol",
    "account": "paypal netflix amazon microsoft facebook instagram whatsapp icloud coinbase digid account accounts wallet login",
    "bank": _BANKS + " visa mastercard",
    "parcel": _CARRIERS,
    "state": "interpol europol",
    "secret": "pin cvv cvc",
    "key": "cvv cvc",
    "code": "code otp pin",
    "strong_code": "otp",
    "invest": "bitcoin bitcoins btc crypto ethereum forex trading",
    "ransom": "bitcoin btc",
    "sums": "dollar",
    "scheme": "network_marketing mlm",
    "fake": "viagra cialis kamagra",
    "explicit": "camgirl camgirls cam_girls cam_girl livecam live_cam porno porn xxx hardcore milf onlyfans nudes",
    "sexual": "sex sexy webcam escort",
    "bare": "sex sexy",
    "paid_company": "escort_girl escort_service sugar_daddy sugardaddy sugar_baby callgirl call_girl body_to_body",
    "on_cam": "webcam",
    "available": "live",
    "prize": "iphone ipad samsung playstation jackpot smart_tv macbook",
    "laugh": "haha hahaha lol jaja jajaja jajajaja ahah ahaha ahahah mdr ptdr kkk kkkk kkkkk rsrs hihi hehe 😂 xd",
    "urging": "last_minute",
}

"""Dutch: its small words, and the words and phrases of each concept. Form as in `languages`."""

from __future__ import annotations

SMALL = (
    "ik jij je hij zij ze wij we jullie u uw jouw mijn zijn haar ons onze hun de het een en of maar niet geen van voor met "
    "op in aan uit bij naar door over onder tot sinds tegen zonder tussen tijdens na om te is ben bent was waren wordt "
    "worden werd heb hebt heeft hebben had kan kun kunt kunnen moet moeten zal zullen zou wil wilt willen ga gaat gaan doe "
    "doet dit dat deze die wie wat waar wanneer hoe waarom als dan omdat ook nog al wel zo er hier daar nu vandaag morgen "
    "gisteren vanavond vannacht altijd nooit iets niets iedereen alle alles ja nee hoi hallo dag beste geachte groet "
    "groetjes graag alsjeblieft alstublieft dank bedankt meneer mevrouw klant me mij hem jou uur dagen week jaar even staat "
    "weer m'n z'n ff gif brand"
)
CONCEPTS: dict[str, str] = {
    # who, when, whether
    "not": "niet geen nooit niemand",
    "you": "jij je jou jullie u uw jouw",
    "thee": "je jou jullie u",
    "kin": "je/jouw/jullie_familie/moeder/vader/kinderen/kind/zoon/dochter/vrouw/man/broer/zus/ouders/vriendin",
    "yours": "je/jouw/uw_huis/auto",
    "future": "ik wij we ga gaan zal zullen wil willen",
    "orelse": "anders als_je_niet als_u_niet of_ik of_wij of_we of_je of_u_wordt praat_je",
    "laugh": (
        "dood_van doodop dood_van_het haha hahaha hihi lol grapje geintje lachen schaken voetbal tennis wedstrijd "
        "van_het_lachen van_de_hitte doodmoe mijn_friet"
    ),
    "fiction": "film serie boek roman liedje aflevering podcast documentaire krimi",
    "report": (
        "let_op_valse krant nieuws meldt volgens politie_waarschuwt waarschuwt waarschuwen heeft_gisteren opgepakt veroordeeld "
        "getuigen museum voorlichting tentoonstelling valse nepagenten nep onschadelijk oplichters zeg_het_door pas_op_voor"
    ),
    "blasting": "onschadelijk oefening sloop vuurwerk",
    # threat
    "harm": "vermoord vermoorden doden dood_maken neersteken neerschieten wurgen verkrachten afmaken",
    "killing": (
        "doodschieten doodsteken kapotschieten vermoorden doden afmaken neersteken neerschieten wurgen verkrachten verbranden "
        "slopen kapotmaken doodslaan vermoord"
    ),
    "suffers": "dood sterven lijden bloeden gaat_eraan",
    "hurtverb": "breek breken sla slaan schop trap snij snijden ram",
    "body": "benen been gezicht bek tanden nek keel armen botten knieën vingers",
    "harm_you": "je_benen je_keel_door je_bek je_kop_eraf je_huis_in_brand je_auto_in_brand",
    "stalk": (
        "op_welke_school welke_school_je sta_voor_je_deur weten_waar_je weet_waar_je_woont weet_waar_jij_woont weten_waar_ze "
        "weet_waar_je weet_waar_jullie ken_je_adres waar_je_woont"
    ),
    "find_you": "we_vinden_je ik_vind_je wij_vinden_je we_pakken_je ik_pak_je wacht_bij_je",
    "doom": (
        "steek_je_overhoop ben_je_dood ben_jij_dood je_bent_er_geweest kogel_door_je kogel_in_je kogel_door "
        "schiet/steek/maak/sla_ik_je/jou/jullie schiet/steek/maak/sla_ik_je/jullie_dood/neer/af/kapot "
        "overkomt_hem/haar/je/jullie overkomt_hem_iets gaat_er_iets_gebeuren sla/trap_je_in_elkaar sla_je_verrot "
        "maak/maken_je/jou/jullie_af/kapot/dood steek/steken_je/jou/jullie_neer schiet/schieten_je/jou/jullie_neer/dood/kapot "
        "ga/gaan_je/jou/jullie_vermoorden/doden/afmaken/slopen/neersteken/neerschieten/verkrachten je_gaat_dood "
        "jullie_gaan_dood gaan_jullie_allemaal gaan_jullie_dood je_gaat_eraan je_bent_dood je_gaat_vanavond_dood "
        "dagen_zijn_geteld breken_we_je_benen breek_je_benen breek_je_nek snij/snijden_je_keel snijden_we_je steek_je_huis "
        "huis_in_brand gaat_je_moeder_eraan vermoord_je hier_krijg_je_spijt_van moeder_eraan"
    ),
    "silence": "ga_je_naar_de met_de_politie naar_de_politie",
    "leak": (
        "zetten_we_je zet_ik_je op_internet publiceer zet_je_naaktvideo zet_online online stuur_ik_je al_je_contacten "
        "je_contacten verspreid deel_je je_vrienden"
    ),
    "intimate": "naaktfoto naaktfoto's naaktvideo naaktbeelden je_video je_foto's sekstape blootfoto's",
    "ransom": "niet_betaalt/betaal/betalen/overmaakt bitcoin btc betaal betaalt betalen losgeld geld",
    "bomb": "bom bommen explosief explosieven aanslag schietpartij",
    "place": "school station vliegveld gemeentehuis ziekenhuis kerk moskee synagoge universiteit stadion rechtbank trein",
    # adult
    "explicit": (
        "sekscontact* seksafspraak* porno* neuken neukt hoer hoeren geile_vrouwen/meiden/huisvrouwen/milfs/studente sekslijn "
        "seksdate sexdate pijpen kut slet naaktfoto* naaktfilm* privehuis privé_show prive_show escort_meisje sekschat"
    ),
    "sexual": "seks sex sexy naakt naakte erotisch* webcam geile geil hete escort* sensueel",
    "company": (
        "rijpe_vrouw rijpe_dame geile_dame lieve_studente lieve_meid meiden_live meiden_op rijpe_vrouwen geile_vrouwen "
        "geile_meiden naakte_meiden hete_meiden huisvrouwen eenzame_vrouwen vrouwen_bij nieuwe_dames meisje_van"
    ),
    "paid_company": (
        "erotische_massage happy_end betaalde_dates betaalde_date sugar_daddy sugar_baby privehuis privéhuis prostituee "
        "bodymassage callgirl hoer_aan nieuwe_dames"
    ),
    "on_cam": "op_de_cam webcam voor_de_cam",
    "by_the_hour": "per_uur half_uur per_nacht per_minuut rozen",
    "bare": "naakt naakte seks sexy",
    "tempting": "geile geil hete eenzame stout stoute",
    "available": (
        "ontvangt_thuis vanavond_vrij in_jouw_stad komt_aan_huis gratis_aanmelden op_de_cam in_de_buurt wachten_op_je "
        "wacht_op_je vanavond vannacht ontvangst aan_huis live zonder_gedoe hotel"
    ),
    "sexhealth": (
        "anticonceptie seksuele_gezondheid soa-test soa gynaecoloog seksuele_intimidatie seksueel_misbruik jongerencentrum"
    ),
    # authority
    "state": (
        "politiebureau fiscale_recherche incasso* incassobureau rechercheur politie dagvaarding belastingdienst deurwaarder* "
        "rechtbank douane openbaar_ministerie om interpol europol recherche justitie cjib digid gemeente fiod ministerie uwv"
    ),
    "menace": (
        "drugs_gevonden drugs_aangetroffen onderzoek_tegen wegens_fraude loonbeslag sommatie arrestatiebevel arrestatie "
        "gearresteerd aangifte dagvaarding beslag beslaglegging witwassen gevangenis strafbaar strafzaak vervolging illegale "
        "aanmaning borg inbeslagname misdrijf misbruikt"
    ),
    "peril": (
        "onderzoek_tegen_u loonbeslag op_uw_naam_gebruikt laatste_sommatie er_komt_een_koerier koerier_uw tegen_u op_uw_naam "
        "wordt_gearresteerd wordt_aangehouden leggen_wij_beslag gevangenis_te_voorkomen beslaglegging_te borg_betalen "
        "uw_inboedel houdt_me_vast beslag_te_voorkomen"
    ),
    "identity_no": "identiteit bsn bsn_nummer burgerservicenummer uw_naam uw_paspoort",
    "void": "geblokkeerd misbruikt gebruikt opgeschort ingetrokken",
    "demand": (
        "direct_betalen koerier_uw er_komt_een_koerier pincode_ophalen bel_direct bel_onmiddellijk bel_terug toets_1 "
        "reageer_binnen betaal_vandaag betaal_direct bel_nu bel_meteen onmiddellijk druk_op"
    ),
    "speaks_for": (
        "ik_bel_van ik_bel_u_van u_spreekt_met bel_namens namens ik_ben_van wij_zijn_van spreekt_met_de medewerker_van bel_u_van"
    ),
    "bank": "fraudehelpdesk fraude_afdeling bank uw_bank fraudeafdeling fraudedesk beveiligingsafdeling bankmedewerker",
    "utility": "stroom gas energie vattenfall eneco essent energieleverancier",
    "cutoff": "afgesloten afsluiten afsluiting",
    # phishing
    "account": (
        "profiel identificatiecode mobiel_bankieren digipas scanner incasso rekening *rekening account abonnement bankpas pas "
        "wachtwoord mijn_ing creditcard internetbankieren inloggegevens betaalgegevens mailbox digid zorgtoeslag toeslag "
        "betaalpas"
    ),
    "problem": (
        "uitgezet vervalt vervallen toegang_te_behouden wordt_gesloten gesloten_worden afschrijving_geweigerd uitgeschakeld "
        "stilgelegd blokkade verlopen_is ongeldig afgekeurd geblokkeerd opgeschort beperkt gedeactiveerd verloopt verlopen "
        "mislukt ongebruikelijk* verdacht* ingelogd nieuw_apparaat onbevoegd* geweigerd verwijderd gehackt stopgezet gepauzeerd "
        "niet_gelukt afgesloten geschorst bevroren"
    ),
    "ask": (
        "activeren opnieuw_activeren betalen vul_aan los_op vernieuw aanvullen oplossen bijwerk corrigeer log_nu bevestig* "
        "verifieer verifiëren verificatie controleer klik log_in inloggen herstel herstellen werk_uw werk_je bijwerken vraag "
        "wijzig activeer heractiveer deblokkeer verleng betaal update annuleren vul_in"
    ),
    "parcel": "pakket pakketje *pakket zending bezorg* bezorging bezorgpoging pakketten verzending levering",
    "fee": (
        "huisnummer_ontbreekt huisnummer adres_ontbreekt adresfout invoerkosten invoerrechten douanekosten verzendkosten "
        "onvolledig adres_is adres_onvolledig wijzig_uw_adres portokosten bijbetaling btw-kosten adres douane inklaringskosten"
    ),
    "missed": (
        "vast_bij ligt_vast bij_de_douane aangehouden is_aangehouden tegengehouden niet_bezorgd niet_worden_bezorgd kon_niet "
        "vastgehouden bezorgpoging bezorgpoging_mislukt gaat_retour retour opnieuw_bezorgen niet_geleverd"
    ),
    "toll": "boete boetes tol parkeerboete verkeersboete bekeuring",
    "unpaid": (
        "openstaande openstaand onbetaald onbetaalde achterstand aanmaning verhoging laatste_herinnering staat_nog_open schuld"
    ),
    "refund": "teruggave terugbetaling terugbetalingen restitutie euro_terug energietoeslag vergoeding geld_terug",
    "secret": (
        "kaartnummer pincode wachtwoord inloggegevens bankgegevens cvv pin rekeningnummer creditcardgegevens beveiligingscode "
        "geboortedatum"
    ),
    "provide": "bevestig_uw vul_uw controleer_uw voer_uw geef_uw werk_uw",
    "request": (
        "antwoord_met stuur_ons stuur_uw geef_mij geef_ons geef_me mail_ons app_ons_uw vertel_ons noem_uw reageer_met geef_uw "
        "deel_uw"
    ),
    "key": "kaartnummer pincode cvv wachtwoord de_code_die code_die pin inloggegevens uw_wachtwoord",
    "proof": "foto_van_uw kopie_van_uw paspoortnummer selfie_met bsn",
    "birth": "geboortedatum",
    "purse": "uw_iban uw_rekeningnummer bankgegevens",
    "pretext": (
        "terugbetaling teruggave prijs uitbetaling bonus deblokker* geblokkeerd pakket te_ontvangen verificatie vergoeding"
    ),
    "never_asked": "vragen_nooit nooit_om vraagt_nooit nooit_naar vragen_u_nooit",
    "in_person": "aan_de_balie receptie huur kantoor pizza kaartjes formulier contract tikkie",
    "hand_over": "doorsturen stuur_me stuur_mij stuur_hem geef_me geef_mij terugsturen me_die app_me_de zeg_me",
    "code_sent": (
        "per_ongeluk 6_cijfers zes_cijfers 6-cijferige u_per_sms per_sms net_gekregen naar_jou_gestuurd op_je_telefoon kreeg"
    ),
    "parent": "mam mama pap papa oma opa moeder ma pa",
    "new_number": (
        "nieuwe_nr nieuw_nr in_het_water mobiel_is_in telefoon_is_stuk telefoon_gestolen m'n_nieuwe nieuwe_nummer nieuw_nummer "
        "telefoon_is_kapot telefoon_kapot mobiel_is_kapot telefoon_kwijt nieuwe_telefoon oude_nummer nummer_veranderd "
        "telefoon_is_gevallen tijdelijk_nummer"
    ),
    "order": "besteld bestelling betaling afschrijving aankoop transactie overboeking",
    "dispute": "annuleren annuleer niet_door_u niet_door_jou betwisten klantenservice dit_niet niet_herkend",
    "not_you": "niet_door_u niet_door_jou u_dit_niet jij_dit_niet u_niet je_dit_niet was_jij_dit_niet",
    # codes
    "code": "code *code wachtwoord_is tan-code tancode eenmalige eenmalig_wachtwoord otp",
    "strong_code": (
        "verificatiecode beveiligingscode inlogcode eenmalige activatiecode tan-code sms-code bevestigingscode "
        "google-verificatiecode toegangscode otp controlecode"
    ),
    "type_in": "gebruik voer vul voer_code gebruik_code",
    "code_use": (
        "deze_code af_te_ronden is_je is_jouw is_uw uw_verificatiecode geldig inloggen in_te_loggen bevestigen herstellen "
        "minuten registratie voor_uw gebruik voer vul overboeking deel_deze voor_de in_te_voeren voor_digid betaling"
    ),
    "keep": "nooit_door geef_deze vraagt_er_niet met_niemand aan_niemand deel_deze niemand niet_delen nooit_om negeer",
    "other_code": (
        "kortingscode postcode afhaalcode deur deurcode wifi qr-code streepjescode actiecode korting voordeur poort pincode"
    ),
    # lures
    "loan": (
        "autolening krediet financiering doorlopend_krediet lening leningen lenen minilening* *lening geld_lenen snel_geld "
        "geld_nodig"
    ),
    "approved": (
        "vandaag_nog zelfde_dag ook_bij_bkr bij_bkr binnen_24 bkr zonder_bkr goedgekeurd direct_antwoord zonder_vragen "
        "zonder_papieren minuten dezelfde_dag gegarandeerd toetsing particuliere binnen_10 zonder_toetsing"
    ),
    "rate": "rente lage_rente",
    "debt": "schulden schuld bkr",
    "relief": "schulden_over schuldsanering schuldenvrij kwijtschelding schulden_weg nemen_uw_schulden",
    "prize": (
        "stofzuiger airfryer boormachine koffiemachine gereedschapset fiets ebike iphone prijs cadeaukaart* cadeaubon* *kaart "
        "reis loterij loting jackpot cadeau tv samsung waardebon smartphone staatsloterij prijsvraag"
    ),
    "won": (
        "win uitgekozen gelukkige_winnaar bedankt_zijn gratis uitverkoren getrokken gewonnen winnaar winnares gefeliciteerd "
        "geselecteerd uitgeloot gelukkige"
    ),
    "lucky_talk": "uw_nummer_heeft uw_prijs je_prijs onze_loting gelukkige_winnaar uw_gewonnen je_gewonnen",
    "claim": (
        "enquête vragenlijst vul_de alleen_verzendkosten enkel_verzendkosten alleen_de_verzendkosten claim claimen ophalen "
        "ontvangen te_ontvangen haal_op verzilver innen opeisen"
    ),
    "now": (
        "vandaag direct nu onmiddellijk binnen_24 24_uur 48_uur laatste_kans spoed snel dringend laatste_aanmaning voor_morgen "
        "laatste meteen"
    ),
    "sums": "duizend miljoen",
    "money": "euro dollar miljoen_dollar miljoen_euro duizend_euro",
    # offers
    "invest": "trading_robot signalen investeer investeren investering beleggen bitcoin crypto cryptomunten trader trading leg",
    "gain": "per_week_gegarandeerd rendement winst winsten gegarandeerd gegarandeerde zonder_risico risicovrij verdubbel",
    "multiply": "verdubbel verdubbelen verdrievoudig maakte verveelvoudig",
    "earn": "dagverdienste inkomsten verdien verdienen geld_verdienen bijverdien* inkomen extra_inkomen bijverdienste",
    "homework": (
        "met/op_uw/je_telefoon/mobiel/smartphone vrije_uren flexibele_uren uw_cv je_cv hotels_beoordelen vanuit_huis thuiswerk* "
        "geen_ervaring zonder_ervaring simpele_taken taken op_je_telefoon like_youtube video's_liken thuis_werken"
    ),
    "period": "weken 2_weken per_maand per_dag per_week maand dag wekelijks dagelijks in_7_dagen",
    "often": "per_dag per_maand per_week dagelijks wekelijks",
    "scheme": (
        "eigen_baas mijn_team financiële_vrijheid schenkkring die_je_aanbrengt piramide* passief_inkomen twee_mensen_mee "
        "netwerkmarketing"
    ),
    "forward": "stuur_dit stuur_deze deel_dit deel_deze kopieer_dit doorsturen_naar verstuur_dit",
    "crowd": "vrienden contacten mensen personen groepen",
    "fate": "ongeluk geluk pech vloek verwijderd sterven wens",
    "estate": "weduwe erfenis erfgenaam overleden minister miljoen_dollar miljoen_euro nalatenschap",
    "sharing": "vertrouwelijk overmaken percentage uw_hulp delen",
    "sure_bet": "zekere_winst vaste_wedstrijd gemanipuleerde_wedstrijd winnende_nummers",
    "fake": (
        "koop_een_diploma diploma_zonder rijbewijs_te_koop ozempic anabolen viagra cialis zonder_recept rijbewijs_kopen "
        "rijbewijs_zonder zonder_examen vals_geld valse_documenten diploma_kopen afslankpil* replica"
    ),
    "act": "bel klik meld_je stuur app_ons app_me sluit_je vraag_aan reageer mail_ons schrijf_je",
    "press": "toets_1 toets druk_op",
    "bail": "borg",
    # the innocent
    "visit_kind": (
        "afspraak dr dokter huisarts* tandarts* kapper garage ziekenhuis praktijk griepprik dierenarts reservering uitslag fysio"
    ),
    "reminder": "herinnering bevestigen afzeggen dinsdag maandag woensdag donderdag vrijdag morgen klaar ophalen terugbellen",
    "school": "school ouders leerlingen klas kinderopvang schoolreisje leraar juf meester",
    "closure": "gesloten dicht sneeuw vakantie uitje gaat_niet_door studiedag",
    "arrival": "wordt_vandaag wordt_morgen ligt_klaar is_bezorgd afhaalcode onderweg vandaag_bezorgd tussen volgen bij_de_buren",
    "firm": "advocaat advocatenkantoor* notaris boekhouder rechter kantoor",
    "own_channel": (
        "in_de_app in_onze_app via_de_app nooit_om vragen_nooit niets_te_doen uw_kantoor niet_op_de_link mijn_app was_u_dit_dan"
    ),
}

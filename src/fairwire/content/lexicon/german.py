"""German: its small words, and the words and phrases of each concept. Form as in `languages`."""

from __future__ import annotations

SMALL = (
    "ich du er sie es wir ihr ihnen ihre ihren ihrem ihres ihrer dein deine deinen deinem deiner mein meine meinen meinem "
    "meiner unser unsere unseren der die das den dem des ein eine einen einem einer eines und oder aber nicht kein keine "
    "keinen mit von vom zu zum zur im in an am auf aus bei beim nach für über unter um bis durch ohne gegen seit wegen "
    "während ist sind bin bist war waren wurde wurden wird werden wirst werde hat haben habe hab hast hatte kann können "
    "kannst muss müssen soll sollte will wollen willst wie was wer wo wann warum wenn weil dass ob als auch noch nur schon "
    "sehr mehr so dann da hier dort jetzt heute morgen gestern bitte danke hallo guten tag liebe lieber grüße gruß lg mal "
    "doch ja nein mich mir dich dir uns euch ihm ihn sich man dieser diese dieses diesen diesem alle alles jeder jede jeden "
    "nichts etwas immer nie wieder uhr tage woche jahr geehrte geehrter geehrten herr frau kunde kunden"
)
CONCEPTS: dict[str, str] = {
    # who, when, whether
    "not": "nicht nich nie niemals kein keine keinen keiner niemand",
    "you": "du dich dir euch ihr dein deine deinen deinem deiner eure euer",
    "thee": "du dich dir euch",
    "kin": (
        "dein/deine/deinen/deiner/eure_familie/kinder/kind/sohn/tochter/mutter/vater/frau/mann/freundin/freund/eltern/bruder/schwester"
    ),
    "yours": "dein/deine_haus/wohnung/auto",
    "future": "ich wir werde werden wird will wollen",
    "orelse": (
        "sonst andernfalls ansonsten wenn_du_nicht wenn_sie_nicht falls_du_nicht oder_ich oder_wir oder_deine bei_nichtzahlung"
    ),
    "laugh": (
        "tot_vor tot_umfallen zum_sterben haha hahaha hihi hehe lol rofl xd 😂 witz scherz spaß lachen schach fußball tennis "
        "spiel match um_den_verstand tot_müde "
        "bring/bringe/bringen_dich/euch_um_1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17/18/19/20/21/22/halb"
    ),
    "fiction": "film krimi serie folge buch roman lied podcast doku tatort hörspiel",
    "report": (
        "warnung_vor vorsicht_vor berichtet berichten laut zeitung nachrichten tagesschau polizei_warnt warnt warnen verhaftete "
        "festgenommen angeklagt verurteilt journalist zeugen museum ausstellung vortrag verbraucherzentrale im_umlauf "
        "gefälschte gefälschter betrugsmasche masche weitersagen entschärft"
    ),
    "blasting": "entschärft entschärfung sprengung übung probealarm feuerwerk",
    # threat
    "harm": "töte töten ermorde ermorden erschieße erschießen erstech* erschlag* erwürg* vergewaltig* verprügel* abschlachten",
    "killing": (
        "kaltmachen wegpusten erdrosseln anzünden schlachten überfahren umbringen töten ermorden abstechen erschießen "
        "erschlagen erstechen erwürgen vergewaltigen verprügeln zusammenschlagen abknallen abschlachten vernichten aufschlitzen "
        "verbrennen totschlagen köpfen plattmachen fertigmachen verstümmeln umlegen"
    ),
    "suffers": "sterben stirbt leiden bluten tot büßen",
    "hurtverb": "brech breche brechen brich schlag schlage schlagen hau haue hauen trete treten zertrümmer* polier poliere",
    "body": "bein beine knochen fresse gesicht zähne schädel genick nase arme kehle finger rippen",
    "harm_you": "dir_die_fresse dir_die_beine dir_den_hals dir_die_kehle dir_das_genick deine_bude_an dein_haus_an",
    "stalk": (
        "welche_schule_dein/deine wo_deine_kinder wo_deine_familie wo_deine_mutter kennen_dein_gesicht stehe_vor_deinem_haus "
        "stehe_vor_deiner_tür weiß_wo_du_wohnst/arbeitest/schläfst weiß_wo_deine wissen_wo_du_wohnst/arbeitest wissen_wo_deine "
        "kenne_deine_adresse beobachte/beobachten_dein_haus wir_beobachten_dich"
    ),
    "find_you": "wir_finden_dich/euch ich_finde_dich/euch wir_kriegen_dich/euch ich_krieg/kriege_dich/euch",
    "doom": (
        "bist_du_tot steche_ich_dich_ab seid_ihr_tot erschieße/erschieß_dich/euch kugel_in_den kugel_im_kopf schieß/schieße_dir "
        "knall/knallen_wir_euch_ab passiert_ihm/ihr/dir/euch_was passiert_ihm/ihr/dir/euch_etwas bist_ein_toter_mann "
        "mach/mache/machen_wir_dich/euch_fertig/kalt/platt zünd/zünde_ich dir_das_leben_zur_hölle "
        "bring/bringe/bringen/bringt_dich/euch_um bring/bringe/bringen_ich/wir_dich/euch_um stech/steche/stechen_dich/euch_ab "
        "stech/steche/stechen_ich/wir_dich/euch_ab mach/mache/machen_dich/euch_fertig/kalt/platt/tot/kaputt "
        "mach/mache/machen_ich/wir_dich/euch_fertig/kalt/platt/tot knall/knalle/knallen_dich/euch_ab "
        "knall/knalle_ich_dich/euch_ab schlag/schlage/schlagen_dich/euch_tot/zusammen/kaputt schlitz/schlitze_dich/euch_auf "
        "du_bist_tot ihr_seid_tot seid_alle_tot tage_sind_gezählt du_wirst_sterben du_wirst_brennen werdet_sterben "
        "werdet_alle_sterben wirst_du_sterben verrecke bring_dich_selbst_um bombe_hoch bombe_geht_hoch "
        "zünd/zünde/zünden_dein/deine_haus/wohnung/auto/bude_an letzter_tag_sein das_wirst_du_bereuen wirst_du_bereuen "
        "nehm/nehme/nehmen_dich_auseinander leg/lege_dich_um kugel_in_den_kopf bist_fällig bist_du_fällig "
        "dich_lebendig_begraben reiß/reiße_dir_den"
    ),
    "silence": "zur_polizei der_polizei",
    "leak": (
        "ins_netz ins_internet stellen_wir stelle_ich veröffentlich* poste posten hochladen deine_kontakte deinen_kontakten "
        "deine_freunde alle_deine_kontakte online"
    ),
    "intimate": (
        "nacktfoto* nacktbild* nacktvideo* sextape dein_video deine_videos deine_bilder deine_fotos intime_bilder intime_fotos "
        "intimvideo"
    ),
    "ransom": (
        "nicht_zahlst/zahlen/zahlt/bezahlst/bezahlen/überweist bitcoin btc zahl zahle zahlst zahlen überweis* bezahl bezahle "
        "bezahlst lösegeld geld"
    ),
    "bomb": "bombe bomben sprengsatz sprengstoff amoklauf",
    "place": "schule bahnhof flughafen rathaus krankenhaus kirche moschee synagoge uni stadion gericht kaufhaus büro zug",
    # adult
    "explicit": (
        "zeigen_alles alles_zeigen sexkontakte sexdates porno* pornos sexchat sexcam telefonsex ficken fickt sex_chat live_sex "
        "nutte* hure huren hobbyhure* bordell puff geile_frauen/girls/weiber/milfs/hausfrauen/mädchen/studentin nacktbild* "
        "nacktvideo* blowjob striptease sextreffen versaut* milf milfs"
    ),
    "sexual": "sex sexy nackt nackte nacktes erotisch* erotik* webcam tabulos seitensprung* escort* sinnlich* versaut*",
    "company": (
        "junge_studentin heiße_studentin hübsche_studentin cam_girls girls_zeigen reife_frauen verwöhnt_dich girls singles "
        "hausfrauen heiße_frauen heiße_girls heiße_mädchen nackte_girls nackte_frauen frauen_aus frauen_in_deiner geile_frauen "
        "geile_girls neue_mädchen junge_frau"
    ),
    "paid_company": (
        "verwöhnt_dich verwöhnen_dich escortservice escort-service taschengeldtreffen taschengeld_treffen tg-treffen sugardaddy "
        "sugar_daddy sugarbaby haus-_und_hotelbesuche haus_und_hotelbesuche hotelbesuche hausbesuche erotische_massage "
        "erotikmassage happy_end bordell hobbyhure* callgirl* prostituierte"
    ),
    "on_cam": "webcam vor_der_cam cam",
    "by_the_hour": "die_stunde pro_stunde halbe_stunde pro_nacht die_nacht rosen pro_minute",
    "bare": "sex sexy nackt nackte",
    "tempting": "geile heiße heisse einsame versaute",
    "available": (
        "verwöhnt kostenlos_anmelden hausbesuche besuchbar in_deiner_nähe warten_auf_dich wartet_auf_dich triff_sie triff_mich "
        "heute_nacht besucht_dich diskret suchen_abenteuer"
    ),
    "sexhealth": (
        "verhütung* sexuelle_gesundheit sexueller_gesundheit sexuellen_gesundheit frauenarzt* gynäkolog* aufklärung* aids* "
        "sexuelle_belästigung sexueller_missbrauch schwanger* beratungsstelle jugendzentrum"
    ),
    # authority
    "state": (
        "revier polizeirevier wache finanzpolizei steuerfahndung inkasso* landgericht zentrales_mahngericht mahngericht "
        "ermittlungsbehörde bafin verfassungsschutz polizei polizeipräsidium kripo bundespolizei kriminalpolizei finanzamt zoll "
        "zollamt hauptzollamt zollfahndung bundeskriminalamt bka interpol europol staatsanwaltschaft staatsanwalt gericht "
        "amtsgericht gerichtsvollzieher* bundesfinanzhof bundesministerium justiz behörde beamter beamten beamte ordnungsamt "
        "bundeszentralamt steueramt elster bundesregierung"
    ),
    "menace": (
        "drogen_gefunden drogenfund rauschgift_gefunden steuerhinterziehung lohnpfändung pfändung haftbefehl* verhaft* "
        "verhaftung haft strafverfahren* ermittelt ermittlung* ermittlungsverfahren geldwäsche* straftat* pfändung* "
        "zwangsvollstreckung* vollstreckung* strafanzeige anklage gefängnis vorladung kaution kontopfändung"
    ),
    "peril": (
        "einem_beamten schmuck_und wertsachen bargeld_einem letzte_frist ihres_gehalts gegen_sie haftbefehl_vor auf_ihren_namen "
        "festgenommen_werden verhaftet_werden droht_haft droht_ihnen ins_gefängnis kaution_zahlen kaution_bezahlen "
        "kaution_bezahlst kaution_zahlst eine_verhaftung sonst_droht ihre_steuerschuld"
    ),
    "identity_no": (
        "ausweis* personalausweis* identität* steuernummer sozialversicherungsnummer ihren_namen ihr_name steuer-id reisepass"
    ),
    "void": "gesperrt missbraucht verwendet benutzt deaktiviert ausgesetzt verwickelt",
    "demand": (
        "geben_sie_schmuck sofort_zahlen einem_beamten_mit händigen_sie drücken_sie rufen_sie_sofort/umgehend/zurück "
        "rufen_sie_uns rufen_sie_bitte_sofort sofort_anrufen sofort_zurück zurückrufen unverzüglich umgehend überweisen_sie "
        "zahlen_sie_heute/sofort/jetzt nicht_sofort_anrufen"
    ),
    "speaks_for": (
        "hier_spricht hier_ist_die/der/das rufe_von rufe_an_von rufe_sie_von ich_bin_von wir_sind_von im_auftrag_von "
        "im_auftrag_der im_namen_von im_namen_der mitarbeiter_von mitarbeiter_der spreche_für rufe_im_auftrag"
    ),
    "bank": (
        "bank hausbank sparkasse volksbank raiffeisenbank commerzbank postbank deutsche_bank ing dkb comdirect n26 "
        "sicherheitsabteilung betrugsabteilung betrugsdezernat kundenberater"
    ),
    "utility": "strom* stadtwerke energieversorger gasversorger stromversorger",
    "cutoff": "abgeschaltet abschalten abschaltung stromsperre gesperrter_strom abgestellt",
    # phishing
    "account": (
        "verfahren lastschriftmandat secure-app securego visa-karte mastercard-karte konto konto* *konto kontos konten zugang "
        "zugangs* *zugang online-banking onlinebanking banking kreditkarte* bankkarte girocard karte abo abonnement "
        "mitgliedschaft passwort* profil postfach wallet pushtan* phototan* apple-id appleid zahlungsdaten kundendaten "
        "benutzerkonto mailbox"
    ),
    "problem": (
        "registrierung_abgelaufen deaktiviert stillgelegt_wird nicht_bestätigen neu_legitimiert legitimiert zurückgewiesen "
        "gekündigt nicht_verifiziert läuft_in entzogen stilllegung fremdzugriff gesperrt sperre sperrung *sperrung "
        "eingeschränkt eingeschränk* einschränkung* deaktivier* pausiert ausgesetzt fehlgeschlagen ungewöhnlich* verdächtig* "
        "unbefugt* läuft_ab läuft_heute_ab läuft_morgen_ab läuft_bald_ab läuft_aus abgelaufen gelöscht gehackt neues_gerät "
        "neuen_gerät neuen_geräte-login neues_endgerät geräte-login neuer_login neue_anmeldung abgelehnt suspendiert limitiert "
        "blockiert sicherheitsgründen kompromittiert nicht_abgebucht nicht_erneuert gestört stillgelegt geschlossen_werden "
        "unautorisiert* datenabgleich legitimation* nicht_mehr_nutzen"
    ),
    "ask": (
        "zahlen reaktivierung zahle erneuern_sie registrieren_sie ergänzen ergänze nachtragen korrigieren beheben "
        "hinterlegen_sie abgleichen bestätig* verifizier* verifikation aktualisier* klicken klicke klick anmelden einloggen "
        "loggen entsperr* freischalt* reaktivier* verlängern_sie erneuern führen_sie folgen_sie prüfen_sie überprüfen_sie "
        "jetzt_zahlen hier_zahlen vervollständig* vereinbaren_sie begleichen_sie ausfüllen stornieren durchführen "
        "melden_sie_sich_an"
    ),
    "parcel": (
        "paket paket* *paket sendung sendungs* *sendung päckchen lieferung liefer* *lieferung zustell* *zustellung depot "
        "versandkosten postsendung paketzentrum"
    ),
    "fee": (
        "abgaben einfuhrzoll nachgebühr fehlende_hausnummer hausnummer_fehlt hausnummer hausnr adresse_falsch "
        "adresse_korrigieren restbetrag zollgebühr* *gebühr *gebühren zollkosten versandkosten unvollständig* falsche_adresse "
        "nachporto porto lieferadresse adresse_bestätigen ihre_adresse einfuhrumsatzsteuer einfuhrabgaben nachzahlung"
    ),
    "missed": (
        "hängt_beim beim_zoll zoll_fest festgehalten wird_zurückgeschickt kann_nicht nicht_zugestellt nicht_zustellen "
        "nicht_geliefert nicht_ausgeliefert zustellversuch* nicht_angetroffen gescheitert erneute_zustellung "
        "zustellung_fehlgeschlagen neuen_termin angehalten zurückgehalten zurückgesendet nicht_zustellbar"
    ),
    "toll": "maut maut* *maut bußgeld* strafzettel* parkverstoß* vignette",
    "unpaid": (
        "offen offene offener unbezahlt* überfällig* mahnung ausstehend* zahlungsrückstand* rückstand fällig nicht_bezahlt"
    ),
    "refund": "rückerstattung* *erstattung erstattung rückzahlung* *rückzahlung entschädigung* energiepauschale klimabonus",
    "secret": (
        "pin kartennummer* cvv zugangsdaten passwort bankdaten kontodaten kontonummer geheimzahl kreditkartennummer* "
        "kartendaten prüfziffer geburtsdatum anmeldedaten"
    ),
    "provide": "geben_sie_ihre geben_sie_ihren bestätigen_sie_ihre aktualisieren_sie_ihre bestätigen_sie_ihr",
    "request": (
        "antworten_sie_mit antworte_mit senden/schicken_sie_uns/ihre/mir schick/sende/schicke_uns nennen_sie_mir/uns/bitte "
        "teilen_sie_uns/mir geben_sie_uns/mir sagen_sie_mir nenn_mir nenne_mir"
    ),
    "key": (
        "kartennummer cvv cvc ihre_pin die_pin ihren_pin kartenpin geheimzahl kennwort passwort ihr_passwort tan die_tan "
        "sicherheitscode prüfziffer kreditkartennummer zugangsdaten"
    ),
    "proof": "foto_ihres_ausweises kopie_ihres_ausweises ausweisnummer personalausweisnummer selfie_mit steuer-id",
    "birth": "geburtsdatum",
    "purse": "ihre_iban ihre_kontonummer ihre_bankdaten ihre_kontodaten bankverbindung",
    "pretext": (
        "rückerstattung rückzahlung erstattung gewinn auszahlung bonus entschädigung freischalt* entsperr* gesperrt paket "
        "zu_erhalten verifizierung"
    ),
    "never_asked": (
        "fragen_nie fragen_niemals nie_nach niemals_nach nie_per niemals_per nie_danach fragen_sie_nie fordern_sie_nie"
    ),
    "in_person": (
        "vor_ort am_schalter rezeption miete büro pizza ticket tickets vertrag mietvertrag formular steuerberater lohnbüro "
        "überweis_dir überweise_dir"
    ),
    "hand_over": (
        "schick_mir schicke_mir schicken_sie_mir sag_mir gib_mir zurückschicken zurück_schicken zurücksenden weiterleiten "
        "nennen_sie_mir nennen_sie_mir_bitte leite_mir sagen_sie_mir durchgeben"
    ),
    "code_sent": (
        "aus_versehen versehentlich 6-stelligen 6-stellige sechsstellig* gerade_bekommen auf_dein_handy an_deine_nummer per_sms "
        "bekommen_haben erhalten_haben"
    ),
    "parent": "mama mami papa papi mutti vati mum oma opa paps",
    "new_number": (
        "neues_handy alte_sim sim_geht_nicht unter_dieser_nummer handy_ist_weg handy_gestohlen neue_sim neue_nummer neue_nr "
        "neue_handynummer neue_telefonnummer handy_ist_kaputt handy_kaputt handy_verloren handy_geht_nicht alte_nummer alte_nr "
        "nummer_gewechselt handy_ist_ins handy_ist_runtergefallen handy_ist_defekt handy_defekt jetzt_meine_nummer "
        "display_kaputt display_ist ins_wasser_gefallen in_die_toilette sim_karte_kaputt"
    ),
    "order": "bestellung* *bestellung kauf überweisung abbuchung* zahlung* transaktion* lastschrift* abgebucht",
    "dispute": "stornier* stornierung widerruf* nicht_von_ihnen kundendienst nicht_autorisiert widersprechen waren_sie_das",
    "not_you": (
        "nicht_von_ihnen sie_das_nicht nicht_sie_waren sie_nicht_waren du_das_nicht nicht_du sie_es_nicht du_es_nicht "
        "nicht_von_dir sie_dies_nicht"
    ),
    # codes
    "code": "code *code tan mtan m-tan smstan sms-tan pushtan tan-nummer einmalpasswort einmal-passwort otp einmalkennwort",
    "strong_code": (
        "bestätigungscode verifizierungscode sicherheitscode anmeldecode einmalpasswort freischaltcode aktivierungscode tan "
        "mtan einmalcode login-code logincode zugangscode authentifizierungscode freigabecode google-bestätigungscode prüfcode"
    ),
    "type_in": "verwenden verwende nutze benutze geben_sie gib",
    "typed": "eingeben eintippen eintragen",
    "code_use": (
        "zur_bestätigung bestätigung login einloggen deiner_handynummer ist_dein ist_ihr lautet gültig läuft_ab läuft_in "
        "verwenden eingeben minuten zurücksetzen freigabe registrierung anmeldung anmelden freischalten bestätigen zahlung "
        "überweisung niemandem für_die"
    ),
    "keep": (
        "an_niemanden niemandem niemanden nicht_weiter nicht_weitergeben fragen_nie nicht_das_warst du_das_nicht ignorier* "
        "gib_ihn"
    ),
    "other_code": (
        "gutscheincode rabattcode aktionscode promocode tür türcode wlan wifi qr-code strichcode abholcode packstation haustür "
        "klingel bei_der_bestellung rabatt"
    ),
    # lures
    "loan": (
        "ratenkredit sofortkredit umschuldungskredit kredit kredit* *kredit kredite darlehen *darlehen geld_leihen geld_sofort "
        "bargeld_sofort"
    ),
    "approved": (
        "vorab_genehmigt in_24h 24h noch_heute ohne_auskunft schufa ohne_schufa genehmigt bewilligt zusage sofortzusage trotz "
        "bonität bonitätsprüfung ohne_fragen minuten sofort sofortkredit auszahlung selben_tag garantiert ohne_prüfung "
        "ohne_einkommensnachweis zwischen_privatpersonen seriös* unkompliziert"
    ),
    "rate": "zinsen zinssatz niedrige_zinsen",
    "debt": "schulden schufa verschuldet",
    "relief": "schulden_ab schuldenfrei umschuldung* umschulden schuldenerlass ablösen",
    "prize": (
        "akkuschrauber staubsauger thermomix airfryer werkzeugset kaffeemaschine tankkarte macbook e-bike dankeschön "
        "überraschung gewinn preis gutschein* *gutschein iphone ipad samsung galaxy geschenkkarte* *geschenkkarte reise "
        "traumreise lotterie lotto jackpot geschenk playstation smartphone verlosung gewinnspiel bargeldpreis"
    ),
    "won": (
        "treue_kunden treuer_kunde sie_erhalten gratis glückspilz gezogen gewonnen gewinner gewinnerin glückwunsch glückwünsche "
        "gratulation gratulieren ausgelost ausgewählt gewinnen gewinnst auserwählt"
    ),
    "lucky_talk": (
        "ihr_gewinn dein_gewinn ihr_preis dein_preis 1000_besucher gewinnnummer ihre_telefonnummer_hat ihre_nummer_hat"
    ),
    "claim": (
        "umfrage teilnahme nur_versand nur_den_versand versand_zahlen nur_noch_versand abholbereit abholen einlösen einlös* "
        "hol_dir sichern sichere zu_erhalten erhalten beanspruchen anfordern abrufen wartet entgegennehmen"
    ),
    "now": (
        "heute sofort jetzt umgehend dringend innerhalb 24_stunden 48_stunden letzte_chance unverzüglich schnell letzte_mahnung "
        "letzte_erinnerung letzte_warnung"
    ),
    "sums": "tausend millionen",
    "money": "euro dollar millionen_dollar millionen_euro millionen_us-dollar tausend_euro",
    # offers
    "invest": (
        "ki_trading tradingbot trading-bot handelsplattform signalgruppe investier* investment* bitcoin krypto* kryptowährung* "
        "trader trading aktientipp* anlage ethereum"
    ),
    "gain": (
        "pro_woche_garantiert prozent_rendite garantierten rendite* gewinn gewinne garantierte garantierter garantiert "
        "ohne_risiko risikofrei verdoppel* verzehnfach*"
    ),
    "multiply": "verdoppel* verzehnfach* verdreifach* gemacht",
    "earn": "euro_täglich tagesverdienst zuverdienst verdien* geld_verdienen nebenverdienst dazuverdien*",
    "homework": (
        "ihren_lebenslauf am_smartphone per_handy mit_ihrem_handy von_überall hotelbewertungen bewertungen_schreiben "
        "produkte_testen von_zu_hause von_zuhause von_daheim heimarbeit nebenjob keine_erfahrung ohne_erfahrung "
        "ohne_vorkenntnisse am_handy mit_dem_handy videos_liken einfache_aufgaben heimjob likes_geben online_aufgaben "
        "online-job onlinejob freie_zeiteinteilung flexible_arbeitszeit flexible_arbeitszeiten nebenverdienst"
    ),
    "period": (
        "in_2/3_wochen in_zwei_wochen wochen im_monat pro_monat monatlich am_tag pro_tag täglich wöchentlich pro_woche "
        "die_woche in_7_tagen in_einer_woche"
    ),
    "often": "die_woche wöchentliche am_tag pro_tag täglich pro_woche wöchentlich im_monat monatlich",
    "scheme": (
        "empfehlungsprogramm vertriebspartner werde_partner eigener_chef dein_team finanzielle_freiheit finanziell_frei "
        "schenkkreis* pyramidensystem network_marketing an_jedem_den den_du_wirbst zwei_freunde_mit schneeballsystem "
        "passives_einkommen"
    ),
    "forward": (
        "leite_diese schick_das schick_diese sende_diese sende_das verschicke_diese teile_diese leite_das kopiere_diese "
        "schicke_diese"
    ),
    "crowd": "freunde freunden kontakte kontakten leute leuten personen gruppen",
    "fate": "pech unglück glück gelöscht fluch verflucht sterben kostenpflichtig wunsch",
    "estate": "witwe erbschaft erbe nachlass ölminister* ölministers millionen_dollar millionen_euro hinterlassen verstorbenen",
    "sharing": "vertraulich überweisen anteil prozent dringende_antwort",
    "sure_bet": "sichere_wette sicherer_tipp fixed_match manipulierte_spiele garantierte_lottozahlen",
    "fake": (
        "titel_kaufen abitur_kaufen zeugnis_kaufen impfpass_kaufen doktortitel ozempic anabolika viagra cialis potenzmittel "
        "ohne_rezept rezeptfrei führerschein_kaufen führerschein_ohne falschgeld gefälschte_dokumente gefälschter_ausweis "
        "doktortitel_kaufen fettverbrenner wunderpille gefälschte_uhren"
    ),
    "act": (
        "ruf_an rufen_sie klick klicken klicke schreib schreib_uns melde_dich melden_sie_sich antrag bewirb anrufen senden_sie "
        "schreiben_sie beantragen hier_bestellen"
    ),
    "press": "drücken_sie drücke_die drücken_sie_die wählen_sie",
    "bail": "kaution",
    # the innocent
    "visit_kind": (
        "termin termine arzttermin praxis zahnarzt* zahnarztpraxis hausarzt* arzt ärztin werkstatt impfung* friseur tierarzt* "
        "klinik dr reservierung sprechstunde laborwerte bürgeramt gerichtstermin"
    ),
    "reminder": (
        "erinnerung bestätigen absagen am_montag am_dienstag am_mittwoch am_donnerstag am_freitag morgen abholung abholen "
        "fertig rückruf vereinbart"
    ),
    "school": "schule schulen kita kindergarten eltern klasse klassenfahrt lehrer lehrerin schüler grundschule elternabend",
    "closure": "geschlossen fällt_aus schnee ferien ausflug klassenfahrt unterrichtsausfall elternabend",
    "arrival": (
        "wird_heute wird_morgen zur_abholung abholbereit wurde_zugestellt ist_unterwegs heute_zugestellt kommt_heute "
        "kommt_morgen liegt_in_der abgegeben zwischen beim_nachbarn"
    ),
    "firm": "kanzlei* anwalt* anwältin rechtsanwalt* notar* steuerbüro* steuerberater* gerichtstermin",
    "own_channel": (
        "in_der_app in_ihrer_app in_deiner_app in_unserer_app in_ihrer_filiale in_der_filiale nichts_tun nichts_zu_tun "
        "fragen_nie fragen_niemals niemals_nach nie_nach nie_per sie_das_waren du_das_warst waren_sie_das_ist"
    ),
}

"""Italian: its small words, and the words and phrases of each concept. Form as in `languages`; elided articles are left out."""

from __future__ import annotations

SMALL = (
    "io tu lui lei noi voi loro il lo la i gli le un uno una di del della dello dei delle degli a al alla allo ai alle da "
    "dal dalla in nel nella con su sul sulla per tra fra e o ma non che chi cosa come quando dove perché se è sono sei "
    "siamo siete era ho hai ha abbiamo avete hanno mi ti si ci vi ne mio mia miei mie tuo tua tuoi tue suo sua suoi sue "
    "nostro nostra vostro questo questa questi queste quello quella più meno molto anche già ancora qui qua oggi domani "
    "ieri stasera ora sempre mai tutto tutti tutta niente ciao salve buongiorno gentile cliente signore signora grazie "
    "prego può puoi devi deve stato stata poi po giù dott sale pane dopo prima ore"
)
CONCEPTS: dict[str, str] = {
    # who, when, whether
    "not": "non mai nessuno né",
    "you": "tu ti te tuo tua tuoi tue suo sua",
    "thee": "ti te tu vi",
    "kin": "tua/tuo/tuoi_famiglia/madre/padre/figli/figlia/figlio/moglie/marito/sorella/fratello/genitori",
    "yours": "tua/tuo_casa/macchina",
    "future": "io noi voglio vogliamo vado",
    "orelse": "altrimenti se_non o_pubblico sennò o_mando",
    "laugh": (
        "morto/morti/morta_di_sonno/stanchezza/fame/freddo/paura ahah ahaha scherzo scherzavo ridere scacchi calcio partita "
        "morto_di_sonno dal_ridere"
    ),
    "fiction": "film serie libro romanzo canzone puntata podcast documentario",
    "report": (
        "attenzione_agli attenzione_sms secondo giornale telegiornale notizie polizia_avverte avverte ha_arrestato condannato "
        "testimoni mostra incontro sms_falso sms_falsi falsi_agenti passate_parola disinnescata truffa truffe"
    ),
    "blasting": "disinnescata esercitazione demolizione fuochi_d'artificio",
    # threat
    "harm": "uccido ammazzo sgozzo accoltello",
    "killing": "ammazzo uccido uccidere ammazzare sgozzare accoltellare violentare bruciare strangolare",
    "suffers": "morire morirete morirai soffrire morto morta sanguinare",
    "hurtverb": "spacco spacchiamo spezzo rompo spaccare rompere spezzare",
    "body": "gambe gamba faccia denti ossa braccia collo testa ginocchia",
    "harm_you": "ti_spacco_la ti_spacco_le ti_rompo_le ti_spezzo_le",
    "stalk": (
        "che_scuola_va quale_scuola_va sotto_casa_tua so_dove_abiti sappiamo_dove_abiti so_dove_vivi so_dove_lavori "
        "so_dove_vanno conosco_il_tuo_indirizzo sappiamo_dove"
    ),
    "find_you": "ti_troveremo ti_trovo vengo_a_prenderti veniamo_a_prenderti",
    "doom": (
        "sei_morta pallottola_in un_proiettile_in ti_pianto_una ti_sparo succede_qualcosa succederà_qualcosa ti_brucio_la "
        "ti_rompo_la vi_uccido vi_ammazzo_tutti ti_ammazzo/uccido/sgozzo/accoltello/sparo/brucio ti_ammazziamo/uccidiamo "
        "ti_spacco/rompo/spezzo_le/la/i ti_faccio_fuori vi_ammazzo morirete_tutti morirai giorni_contati sei_morto "
        "sei_un_uomo_morto te_ne_pentirai la_pagherai brucio_la_tua ti_taglio_la_gola voglio_ucciderti ti_ucciderò ti_ammazzerò"
    ),
    "silence": "alla_polizia ai_carabinieri con_la_polizia",
    "leak": (
        "in_rete su_internet mettiamo_le pubblico pubblicare pubblicherò mando_le_tue tutti_i_tuoi_contatti tuoi_contatti "
        "diffondo invio_le_tue"
    ),
    "intimate": "foto_nuda foto_nudo tue_foto foto_intime video_intimo tuo_video",
    "ransom": "non_paghi/paga/pagate bitcoin btc paghi paga pagare riscatto soldi bonifico",
    "bomb": "bomba bombe esplosivo esplosivi attentato",
    "place": "scuola stazione aeroporto comune ospedale chiesa moschea sinagoga università stadio tribunale metro",
    # adult
    "explicit": (
        "porno* scopare troia troie puttana puttane pompino pompini show_privato donne_calde ragazze_nude ragazze_calde tette "
        "figa prostituta* sesso_dal_vivo trombare foto_nuda foto_nude"
    ),
    "sexual": "sesso nuda nude nudo erotic* sensuale webcam escort* calde finale_felice lieto_fine",
    "company": (
        "donna_matura signora_matura donne_mature studentessa_dolce ragazza_dolce ragazze_in donne_calde ragazze_nude "
        "ragazze_calde casalinghe donne_sole nuove_ragazze ragazza_22 donne_vicino"
    ),
    "paid_company": (
        "massaggio_erotico massaggi_erotici finale_felice lieto_fine accompagnatrice* sugar_daddy sugar_baby "
        "incontri_a_pagamento prostituta*"
    ),
    "on_cam": "webcam in_cam",
    "by_the_hour": "l'ora all'ora mezz'ora a_notte per_notte rose al_minuto",
    "bare": "nuda nude sesso",
    "tempting": "calde sole vogliose",
    "available": (
        "riceve_in disponibile_oggi nella_tua_città a_domicilio iscrizione_gratuita vicino_a_te ti_aspettano stasera in_diretta "
        "domicilio hotel vogliono_sesso"
    ),
    "sexhealth": (
        "contraccezione contraccettiv* salute_sessuale educazione_sessuale ginecolog* consultorio molestie_sessuali aids"
    ),
    # authority
    "state": (
        "questura commissariato caserma polizia_postale recupero_crediti polizia carabinieri tribunale guardia_di_finanza "
        "agenzia_delle_entrate agenzia_entrate dogana interpol europol procura ministero inps ufficiale_giudiziario equitalia "
        "riscossione"
    ),
    "menace": (
        "contiene_droga frode_fiscale indagato mandato_di_arresto mandato_di_cattura arresto arrestato pignoramento riciclaggio "
        "carcere denuncia reato sequestro indagine indagini cauzione"
    ),
    "peril": (
        "indagato_per serve_la_cauzione un_corriere conti_a_suo_nome contro_di_lei a_suo_nome sarà_arrestato "
        "prima_del_pignoramento evitare_il_pignoramento evitare_il_carcere a_suo_carico suo_arresto"
    ),
    "identity_no": "identità codice_fiscale documento suo_nome passaporto",
    "void": "sospeso sospesa bloccato bloccata usata utilizzata clonata compromessa",
    "demand": (
        "un_corriere passerà_a_ritirare premi_1 prema_1 chiami_subito chiami_immediatamente richiami paghi_oggi paghi_subito "
        "risponda_entro immediatamente"
    ),
    "speaks_for": (
        "chiamo_da chiamo_dalla chiamo_dall'ufficio la_chiamo per_conto_di a_nome_di sono_di sono_della siamo_della "
        "sono_un_operatore"
    ),
    "bank": "nucleo_antifrode banca sua_banca ufficio_frodi ufficio_sicurezza antifrode",
    "utility": "luce elettricità enel gas corrente",
    "cutoff": "staccheremo staccare_la distacco interruzione sospensione_della_fornitura",
    # phishing
    "account": (
        "conto account carta abbonamento password profilo home_banking utenza dati spid postepay credenziali casella_di_posta "
        "app_bancaria"
    ),
    "problem": (
        "scade scadrà non_riuscito rifiutato sarà_chiuso sarà_sospeso anomalia utenza_limitata bloccat* sospes* limitat* "
        "disattivat* scadut* scade_oggi in_scadenza fallit* anomal* sospett* non_autorizzat* accesso_anomalo rifiutat* "
        "hackerat* non_sono_aggiornati nuovo_dispositivo cancellat* chius*"
    ),
    "ask": (
        "riattivazione pagare riattiv* completa completi regolarizza rinnova aggiornalo confermi conferma confermare verifichi "
        "verifica verificare aggiorni aggiorna aggiornare clicchi clicca acceda accedi richieda richiedi riattivi riattiva "
        "sblocchi sblocca paghi paga inserisca regolarizzi segua"
    ),
    "parcel": "pacco pacchi spedizione consegna corriere giacenza ordine_in",
    "fee": (
        "numero_civico manca_il_numero civico spese_doganali spese_di_spedizione dazi dogana dazio indirizzo_incompleto "
        "indirizzo_errato aggiorni_l'indirizzo aggiorna_l'indirizzo spese tassa"
    ),
    "missed": (
        "fermo_in in_dogana è_ferma ferma fermo bloccato_in consegna_fallita non_consegnato giacenza in_giacenza "
        "tentativo_di_consegna impossibile_consegnare non_è_stato_possibile trattenuto"
    ),
    "toll": "pedaggio pedaggi multa multe contravvenzione sanzione",
    "unpaid": "non_pagato non_pagata insoluto insoluta sospeso mora ultimo_avviso arretrato in_sospeso debito scaduta",
    "refund": "rimborso rimborsi bonus indennizzo",
    "secret": "numero_della_carta pin password credenziali cvv codice_segreto dati_bancari iban data_di_nascita",
    "provide": "confermi_i inserisca_i inserisca_il aggiorni_i confermi_la",
    "request": (
        "risponda_con rispondi_con invii_il ci_invii mi_dica ci_mandi mandi_il ci_fornisca comunichi_il mi_comunichi mandaci "
        "inviaci"
    ),
    "key": "numero_della_carta numero_di_carta pin cvv password codice_ricevuto il_codice codice_segreto credenziali",
    "proof": "foto_del_documento foto_della_carta copia_del_documento codice_fiscale selfie_con",
    "birth": "data_di_nascita",
    "purse": "suo_iban iban coordinate_bancarie dati_bancari",
    "pretext": "rimborso premio vincita bonus sblocc* riattiv* sospes* bloccat* pacco per_ricevere verifica",
    "never_asked": "non_chiediamo_mai chiediamo_mai mai_il_pin chiede_mai chiederà_mai",
    "in_person": "allo_sportello reception affitto ufficio pizza biglietti modulo contratto ti_faccio",
    "hand_over": "me_lo_puoi_rimandare rimandare mandami mandarmi inviami girami dimmi_il mi_dica rimandamelo me_lo_mandi",
    "code_sent": "per_sbaglio 6_cifre sei_cifre ricevuto_per hai_ricevuto per_sms appena_ricevuto sul_tuo",
    "parent": "mamma papà nonna nonno babbo",
    "new_number": (
        "caduto_il_cellulare caduto_il_telefono in_acqua rubato_il_telefono nuovo_numero numero_nuovo cambiato_numero "
        "rotto_il_telefono telefono_rotto rotto_il_cellulare cellulare_rotto perso_il_telefono telefono_è_rotto nuovo_telefono"
    ),
    "order": "ordine acquisto addebito pagamento bonifico transazione",
    "dispute": "annullare annulla disconosce non_riconosce servizio_clienti non_è_stato_lei contestare",
    "not_you": "non_è_stato_lei non_sei_stato_tu non_riconosci non_riconosce non_sei_tu",
    # codes
    "code": "codice otp password_temporanea monouso pin",
    "strong_code": (
        "codice_di_verifica codice_di_sicurezza codice_otp otp password_temporanea codice_di_accesso codice_di_conferma "
        "codice_di_attivazione monouso"
    ),
    "type_in": "usa inserisci inserisca utilizza digita",
    "code_use": (
        "è_il_tuo il_tuo_codice il_suo_codice scade valido accedere confermare autorizzare usa inserisci minuti registrazione "
        "verifica temporanea"
    ),
    "keep": "con_nessuno non_condividerlo non_condividere nessuno mai ignora",
    "other_code": (
        "codice_sconto codice_postale codice_della_porta porta wifi codice_a_barre codice_fiscale sconto coupon codice_promo"
    ),
    # lures
    "loan": "finanziament* mutui prestito prestiti credito finanziamento* mutuo bisogno_di_soldi",
    "approved": (
        "protestati erogazione in_giornata in_24_ore anche_a senza_busta approvato approvata immediato tra_privati "
        "cattivi_pagatori minuti veloce senza_garanzie garantito subito"
    ),
    "rate": "interessi tasso tassi",
    "debt": "debiti debito",
    "relief": "cancella_i consolidamento saldo_e_stralcio cancellare_i",
    "prize": (
        "aspirapolvere friggitrice trapano bici iphone premio premi buono lotteria viaggio regalo jackpot gratta smart_tv "
        "vincita carta_regalo smartphone"
    ),
    "won": (
        "vinca vinci è_stato_scelto scelto fortunato_vincitore regala gratis vinto vincitore vincitrice congratulazioni "
        "complimenti selezionato selezionata estratto fortunato"
    ),
    "lucky_talk": "suo_numero_ha tuo_numero_ha tuo_premio suo_premio sei_stato_estratto",
    "claim": (
        "sondaggio solo_le_spese paga_solo ritiralo ritirare ritira richiedilo riscuotere ricevere per_ricevere ritiri reclamare"
    ),
    "now": "oggi subito ora urgente immediatamente 24_ore 48_ore ultimo_avviso ultima_possibilità entro_24",
    "sums": "mila milione milioni",
    "money": "euro dollari milioni_di_dollari milioni_di_euro mila_euro",
    # offers
    "invest": "investi investire investimento investimenti bitcoin criptovalute cripto trader trading",
    "gain": (
        "a_settimana_garantito rendimento guadagno guadagni garantito garantiti senza_rischi senza_rischio raddoppia profitto "
        "profitti"
    ),
    "multiply": "raddoppia triplica trasformato moltiplica",
    "earn": "guadagna guadagni guadagnare guadagno reddito soldi_facili",
    "homework": (
        "con/dal_il/tuo_telefono/cellulare con_il_telefono con_lo_smartphone orario_libero orario_flessibile suo_cv tuo_cv "
        "da_casa senza_esperienza mi_piace compiti_semplici dal_telefono dal_cellulare lavoro_da_casa"
    ),
    "period": "settimane al_mese al_giorno alla_settimana giorni mese",
    "often": "al_giorno al_mese alla_settimana",
    "scheme": "capo_di_te_stesso mio_team libertà_finanziaria piramide rendita_passiva porta_due_persone multilevel",
    "forward": "inoltra_questo manda_questo invia_questo condividi_questo copia_e_incolla",
    "crowd": "amici contatti persone gruppi",
    "fate": "sfortuna fortuna maledizione cancellato morirai desiderio",
    "estate": "vedova eredità erede defunto ministro milioni_di_dollari milioni_di_euro",
    "sharing": "riservato trasferirle trasferire percentuale confidenziale",
    "sure_bet": "scommessa_sicura partite_truccate partita_truccata numeri_vincenti",
    "fake": (
        "compra_la_laurea diploma_senza ozempic viagra cialis senza_ricetta patente_senza senza_esame banconote_false "
        "documenti_falsi replica dimagrante"
    ),
    "act": "chiami chiama clicca iscriviti scrivi invia contatta registrati rispondi invii",
    "press": "prema_1 prema premi_1",
    "bail": "cauzione",
    # the innocent
    "visit_kind": "appuntamento dott dottore medico dentista clinica officina visita vaccino parrucchiere prenotazione",
    "reminder": "promemoria confermare martedì lunedì mercoledì giovedì venerdì domani pronta pronto ritirarla",
    "school": "scuola genitori alunni classe gita asilo maestra",
    "closure": "chiusa chiuso neve vacanze annullata gita sciopero",
    "arrival": "arriva_oggi in_consegna è_stato_consegnato pronto_per traccia tra_le in_arrivo",
    "firm": "avvocato studio_legale notaio commercialista",
    "own_channel": "dall'app nell'app app non_chiediamo_mai in_filiale non_deve_fare se_è_stato_lei non_cliccate",
}

"""French: its small words, and the words and phrases of each concept. Form as in `languages`; elided articles are left out."""

from __future__ import annotations

SMALL = (
    "je tu il elle on nous vous ils elles le la les un une des du de et ou mais ne pas plus jamais rien à au aux en dans "
    "sur sous avec sans pour par chez entre avant après depuis pendant est sont suis es êtes sommes était étaient sera "
    "seront ai as a avons avez ont avait aura peut peux pouvez veux veut voulez dois doit devez faut va vais vas allez ce "
    "cet cette ces mon ma mes ton ta tes son sa ses notre nos votre vos leur leurs me te se lui moi toi qui que quoi dont "
    "où quand comment pourquoi si comme donc alors aussi très bien tout tous toute toutes ici là oui non merci bonjour "
    "bonsoir salut coucou svp stp cher chère madame monsieur aujourd'hui demain hier soir matin heures heure jours jour "
    "suite afin c'est j'ai slt bjr jsuis jvais cc client cliente vs ci mr mme"
)
CONCEPTS: dict[str, str] = {
    # who, when, whether
    "not": "ne pas jamais aucun aucune personne",
    "you": "tu te toi ton ta tes vous votre vos",
    "thee": "tu te toi vous",
    "kin": "ta/ton/tes/votre_famille/mère/père/femme/mari/fille/fils/enfants/enfant/frère/soeur/parents/copine/gosses",
    "yours": "ta/ton/votre_maison/voiture/appartement",
    "future": "je vais jvais va allons j'vais on nous veux",
    "orelse": "sinon si_tu_ne si_vous_ne ou_je ou_on ou_nous faute_de si_tu_paies si_tu_parles sous_peine",
    "laugh": (
        "mort_de_fatigue mort_de_rire mort_de_faim mort_de_froid mort_de_peur morte_de_fatigue blague rire rigole échecs foot "
        "match tennis jeu_vidéo"
    ),
    "fiction": "film série livre roman chanson épisode podcast documentaire polar générique",
    "report": (
        "selon journal infos actualités police_met met_en_garde mettent_en_garde arrêté_un arrêté_deux condamné témoins musée "
        "conférence exposition faux_sms faux_policiers frauduleux arnaque arnaques faites_passer désamorcée attention_aux "
        "vigilance"
    ),
    "blasting": "désamorcée désamorçage exercice démolition feu_d'artifice déminage",
    # threat
    "harm": "bute égorge massacre poignarde étrangle",
    "killing": (
        "tue tuerai bute plante égorge tuer buter crever égorger massacrer étrangler poignarder brûler violer descendre fumer "
        "exterminer défoncer tabasser démolir planter saigner niquer"
    ),
    "suffers": "mourir souffrir crever saigner payer_cher mort morte",
    "hurtverb": "casser casse briser brise péter pète éclater éclate arracher exploser",
    "body": "jambes jambe gueule dents os genoux bras tête cou nez figure côtes doigts",
    "harm_you": "te_casser_la te_casser_les t'éclater_la te_péter_la brûler_ta brûler_ton",
    "stalk": (
        "sait_à_quelle_école sais_à_quelle_école savons_où quelle_école_va devant_ta_porte en_bas_de_chez_toi sais_où_tu "
        "sais_où_vous savons_où_tu sais_où_tes on_sait_où sais_où_est_ta connais_ton_adresse surveille_ta_maison sais_ou_tu "
        "savons_ou_tu"
    ),
    "find_you": "te_retrouver te_trouverai te_retrouverai t'attends_devant devant_chez_toi te_trouver",
    "doom": (
        "t'es_mort t'es_morte vous_êtes_mort on_te_plante balle_dans_la prends_une_balle prendre_une_balle te_mettre_une_balle "
        "arriver_malheur arriver_quelque_chose vais_te_fumer je_vous_tue on_vous_tue vous_êtes_morts faire_de_ta_vie_un_enfer "
        "mettre_le_feu_à_ta t'égorger t'étrangler t'exploser t'éclater je_te_tue je_te_bute je_te_crève on_te_bute on_te_tue "
        "tu_vas_mourir tu_vas_crever vous_allez_mourir vous_allez_tous allez_tous_mourir tes_jours_sont vos_jours_sont "
        "jours_sont_comptés tu_es_mort t'es_un_homme_mort tu_vas_le_regretter tu_vas_regretter tu_vas_souffrir va_souffrir "
        "brûler_ta_maison brûler_ta_voiture te_faire_la_peau faire_la_peau va_crever s'occupe_de_ta"
    ),
    "silence": "voir_les_flics les_flics à_la_police la_police aux_flics porter_plainte",
    "leak": (
        "en_ligne sur_internet met_tes mets_tes publie publier publierai diffuse diffuser j'envoie tous_tes_contacts "
        "tes_contacts vos_contacts poste tes_amis"
    ),
    "intimate": (
        "photos_intimes nues nudes vidéo_intime vidéos_intimes photos_nue tes_photos ta_vidéo sextape votre_vidéo intime intimes"
    ),
    "ransom": "ne_paies/payez/paie_pas bitcoin btc paies payes paie payer payez rançon argent virement",
    "bomb": "bombe bombes explosif explosifs attentat fusillade",
    "place": "école lycée collège gare aéroport mairie hôpital église mosquée synagogue fac stade tribunal métro train bureau",
    # adult
    "explicit": (
        "sexe_en_direct rencontres_sexe porno* sexcam plan_cul plans_cul fellation salope salopes pute putes baiser baise "
        "cougar libertin* sodomie show_privé téléphone_rose tel_rose tél_rose femmes_chaudes filles_nues nues_en_direct "
        "mes_nudes film_x"
    ),
    "sexual": "sexe nue nues nu érotique* coquin* coquine* sensuel* escort* libertin* webcam tabou strip* massage_body",
    "company": (
        "étudiante_câline étudiante_coquine jeune_étudiante jolie_étudiante femme_mûre camgirls femmes_chaudes filles_chaudes "
        "filles_nues célibataires femmes_seules femmes_près nouvelles_filles belle_brune jeune_fille belle_blonde femmes_mûres"
    ),
    "paid_company": (
        "escorte rencontres_tarifées rencontre_tarifée massage_érotique massage_body body_body massage_sensuel "
        "massage_naturiste avec_finition sugar_daddy sugar_baby reçoit_et_se prostituée call_girl tarifées"
    ),
    "on_cam": "webcam cam",
    "by_the_hour": "l'heure la_nuit la_demi demi_heure demi-heure roses la_minute par_minute",
    "bare": "nue nues nu sexe",
    "tempting": "chaude chaudes coquine coquines seule solitaires",
    "available": (
        "inscription_gratuite à_domicile près_de_chez t'attendent t'attend en_direct dispo disponible_ce te_rencontrer discrète "
        "veulent_du veut_du se_déplace"
    ),
    "sexhealth": (
        "contraception santé_sexuelle planning_familial sida dépistage gynéco* harcèlement_sexuel agression_sexuelle "
        "éducation_sexuelle agressions_sexuelles"
    ),
    # authority
    "state": (
        "commissariat police_financière poste_de_police recouvrement brigade_financière office_central cybercriminalité "
        "mise_en_demeure police convocation citation_à gendarmerie tribunal huissier douane douanes trésor_public impôts "
        "interpol europol ministère procureur préfecture justice judiciaire dgfip brigade finances_publiques ameli caf urssaf "
        "antai fisc gouvernement"
    ),
    "menace": (
        "contient_de_la fraude_fiscale drogue_a_été enquête_pour saisie_sur_salaire mise_en_demeure mandat mandat_d'arrêt "
        "saisie saisies poursuites blanchiment pédopornographie prison arrestation plainte convocation perquisition infraction* "
        "garde_à_vue caution arrêté majoration contrainte activité_frauduleuse"
    ),
    "peril": (
        "visé_par faites_l'objet sans_délai un_coursier coursier_va saisie_sur mise_en_demeure comptes_ouverts_à contre_vous "
        "à_votre_nom serez_arrêté serez_poursuivi avant_saisie éviter_la_saisie éviter_la_prison l'objet_de_poursuites "
        "objet_de_poursuites payer_une_caution votre_arrestation vos_biens"
    ),
    "identity_no": "identité numéro_de_sécurité sécurité_sociale numéro_fiscal votre_nom carte_d'identité passeport",
    "void": "suspendu suspendue bloqué bloquée utilisée utilisé usurpée usurpé compromis compromise",
    "demand": (
        "rappelez_sans sans_délai à_payer_immédiatement payer_immédiatement un_coursier coursier_va va_passer_la "
        "appelez_immédiatement appelez_tout appelez_d'urgence rappelez rappelez_immédiatement tapez_1 appuyez_sur répondez_sous "
        "payez_immédiatement réglez_immédiatement payez_aujourd'hui rappelez_sinon immédiatement tout_de_suite"
    ),
    "speaks_for": (
        "appelle_du appelle_de je_suis_de suis_du ici_le ici_la appelle_pour nom_de au_nom_de de_la_part contacte_du "
        "conseiller_de suis_de_chez représente agent_de"
    ),
    "bank": (
        "votre_carte_a brigade_financière banque service_des_fraudes service_fraude service_des service_sécurité "
        "conseiller_bancaire banque_postale"
    ),
    "utility": "électricité edf engie gaz enedis",
    "cutoff": "coupée coupé coupure coupures",
    # phishing
    "account": (
        "jeton sécuripass moyen_de_paiement prélèvement vinted compte comptes abonnement carte carte_bancaire accès "
        "mot_de_passe profil espace_client cpf dossier vitale messagerie coordonnées_bancaires banque carte_vitale certicode "
        "pass"
    ),
    "problem": (
        "pas_vous piratée piraté refusé sera_fermé sera_clôturé a_été_enregistré nouvel_appareil incident anomalie "
        "sera_désactivé expirera suspendu suspendue suspension bloqué bloquée limité limitée restreint* désactivé* expire "
        "expiré* échec échoué nouvelle_connexion connexion_suspecte inhabituel* suspect* non_autorisé* refusé* rejeté* piraté* "
        "clôturé* activité_inhabituelle a_été_détecté* supprimé* fermé résilié* n'est_plus_valide pas_à_jour compromis* "
        "pour_continuer"
    ),
    "ask": (
        "réactivation payer renouvelez-la renouvelez-le choisissez complétez bloquez-le bloquez régularisez replanifiez "
        "corriger rectifiez confirmez confirmer vérifiez vérifier mettez_à_jour mettre_à_jour cliquez cliquer clique connectez "
        "connectez-vous validez réactivez réactiver débloquez débloquer remplissez renouvelez activez authentifi* régularis* "
        "rendez-vous_sur réclamez suivez_le_lien mise_à_jour identifiez réglez payez procédez commandez replanifi* reprogramm*"
    ),
    "parcel": "colis livraison paquet envoi expédition livreur affranchissement point_relais",
    "fee": (
        "numéro_de_rue numéro_manquant adresse_à_compléter solde_à_régler ne_rentrait_pas ne_rentre_pas frais frais_de_douane "
        "frais_de_port taxe douane adresse_incomplète adresse_incorrecte affranchissement adresse_erronée droits_de_douane "
        "supplément"
    ),
    "missed": (
        "bloqué_en en_douane nouveau_créneau créneau bloqué_au passage_du_livreur pas_pu_être n'a_pas_pu pu_être_livré "
        "non_livré tentative_de_livraison en_attente échec_de_livraison sera_retourné retourné nouvelle_livraison reprogrammer "
        "boîte_aux_lettres"
    ),
    "toll": "péage péages amende amendes contravention stationnement vignette crit'air fps",
    "unpaid": "impayée impayé impayées impayés due majoration retard dernier_rappel dernier_avis pas_valide éviter",
    "refund": "remboursement remboursements trop-perçu trop_perçu indemnisation chèque_énergie prime_énergie",
    "secret": (
        "numéro_de_carte code_secret mot_de_passe identifiants coordonnées_bancaires code_confidentiel cryptogramme code_pin "
        "données_bancaires iban"
    ),
    "provide": (
        "entrez_votre confirmez_vos confirmez_votre saisissez_vos saisissez_votre renseignez_votre vérifiez_vos indiquez_votre"
    ),
    "request": (
        "répondez_avec envoyez_nous envoyez-nous envoyez_votre donnez_moi donnez-moi donnez-nous communiquez_nous "
        "communiquez-nous communiquez_votre transmettez-nous répondez_par indiquez-nous dites-moi"
    ),
    "key": (
        "numéro_de_carte code_secret cryptogramme cvv mot_de_passe code_pin code_confidentiel le_code_reçu code_reçu "
        "numéros_de_carte identifiants"
    ),
    "proof": "photo_de_votre_carte pièce_d'identité copie_de_votre numéro_de_passeport selfie_avec",
    "birth": "date_de_naissance",
    "purse": "votre_iban votre_rib coordonnées_bancaires",
    "pretext": "remboursement gain prix lot prime indemnisation débloquer réactiver suspendu colis pour_recevoir vérification",
    "never_asked": "demandons_jamais demande_jamais demanderons_jamais demandera_jamais ne_demande ne_demandons",
    "in_person": "au_guichet sur_place accueil loyer bureau pizza billet billets formulaire location contrat je_te_vire",
    "hand_over": (
        "renvoyer_le renvoie-moi renvoie_moi renvoyer me_renvoyer m'envoyer_le donne_moi donne-moi donnez-moi donnez_moi "
        "transmets-moi dis-moi_le me_donner dites-moi me_transmettre"
    ),
    "code_sent": "par_erreur à_6_chiffres 6_chiffres reçu_par vient_de sur_ton_téléphone sur_ton_numéro par_sms tu_as_reçu",
    "parent": "maman papa mamie papi mamy mam pap mman",
    "new_number": (
        "tel_est_tombé téléphone_est_tombé voici_mon_nouveau tombé_dans_l'eau volé_mon_téléphone nouveau_numéro nouveau_num "
        "nouveau_tel nouveau_téléphone cassé_mon_téléphone cassé_mon_tel téléphone_cassé changé_de_num changé_de_numéro "
        "perdu_mon_téléphone ancien_numéro téléphone_est_cassé"
    ),
    "order": "commande achat paiement virement transaction prélèvement débit commandé débité",
    "dispute": "contester annuler annulation opposition service_client pas_à_l'origine n'êtes_pas vous_n'êtes",
    "not_you": "pas_vous pas_toi n'est_pas_vous pas_à_l'origine ce_n'est_pas_vous est_pas_vous etes_pas_à_l'origine",
    # codes
    "code": "code codes otp usage_unique mot_de_passe_à_usage",
    "strong_code": (
        "code_de_vérification code_de_sécurité code_de_validation usage_unique code_d'activation code_activation "
        "code_de_connexion code_d'authentification code_confidentiel code_de_confirmation code_sms code_d'accès otp"
    ),
    "type_in": "entrez saisissez utilisez saisir entrer utilise",
    "typed": "à_saisir",
    "code_use": (
        "est_votre est_ton votre_code ton_code expire valable valider validez confirmer connecter connexion utilisez saisissez "
        "entrez réinitialiser minutes min inscription activation autoriser code_de_vérification code_de_sécurité ajouter"
    ),
    "keep": (
        "à_personne ne_le_communiquez ne_le_partage ne_le_donnez communiquez_jamais ne_partagez jamais ne_le_transmettez "
        "pas_à_l'origine ignorez"
    ),
    "other_code": (
        "code_promo code_de_retrait code_postal code_de_la_porte porte digicode wifi code_barre code_de_réduction code_avantage "
        "immeuble qr_code remise promo"
    ),
    # lures
    "loan": (
        "financement financements prêt_personnel avance_d'argent crédit crédits prêt prêts mini-prêt mini_prêt rachat_de_crédit "
        "rachat_de_crédits prêt_d'argent emprunt microcrédit"
    ),
    "approved": (
        "dossier_accepté accepté_en en_24h même_en même_fiché sans_refus sans_justificatif accordé accord réponse_immédiate "
        "sans_enquête fiché interdit_bancaire sans_vérification immédiat rapide en_10_minutes minutes entre_particuliers "
        "garanti approuvé fiable sous_24h éligible pré-accordé banque_de_france"
    ),
    "rate": "taux taux_bas",
    "debt": "dettes dette rachat_de_crédits surendettement crédits_en_cours",
    "relief": "rachat effacer regroup* annulation_de_dette effacement",
    "prize": (
        "robot_cuisine robot console aspirateur perceuse thermomix airfryer friteuse machine_à_café coffret trottinette vélo "
        "tiré_au_sort iphone cadeau cadeaux bon_d'achat bon_achat bons_d'achat voyage lot lots loto loterie tirage jackpot "
        "smart_tv carte_cadeau samsung galaxy smartphone prix chèque gain séjour"
    ),
    "won": (
        "l'heureux_gagnant heureux_gagnant fête_ses remercie_ses chanceux gratuit gagné gagnez gagnant gagnante gagnants "
        "félicitations bravo sélectionné sélectionnée tiré_au_sort remportez remporté élu choisi"
    ),
    "lucky_talk": "tiré_au_sort votre_numéro_a votre_lot votre_gain cadeau_gagné heureux_gagnant notre_jeu",
    "claim": (
        "enquête sondage questionnaire port_seulement seulement_les_frais frais_de_port_seulement payez_juste juste_les_frais "
        "réclamez réclamez-le récupérer récupérez retirer recevoir le_recevoir pour_recevoir toucher encaisser profitez"
    ),
    "now": (
        "aujourd'hui immédiatement urgent urgence maintenant sous_24h 24h 48h dans_les_24h dernière_chance dernier_rappel "
        "dernier_avis dernière_tentative demain vite rapidement tout_de_suite avant_majoration"
    ),
    "sums": "mille million millions",
    "money": "euros euro dollars millions_de_dollars millions_d'euros mille_euros",
    # offers
    "invest": (
        "robot_de_trading signaux plateforme_de_trading investissez investir investissement investis bitcoin crypto cryptos "
        "cryptomonnaie* trader trading placement mise"
    ),
    "gain": (
        "par_semaine_garantis garantis_par rendement rendements bénéfice bénéfices gains_garantis gain_garanti garantis garanti "
        "garantie sans_risque doublez triplez profits gains"
    ),
    "multiply": "doublez doubler transformé triplez multipliez multiplié",
    "earn": (
        "revenu gain_quotidien gagnez gagner gagne de_l'argent revenus revenu_complémentaire complément_de_revenu gagnes touchez"
    ),
    "homework": (
        "avec/sur/depuis_ton/votre_téléphone/portable/mobile/smartphone horaires_libres horaires_flexibles votre_cv "
        "noter_des_hôtels avis_en_ligne à_domicile depuis_chez de_chez_vous de_chez_toi sans_expérience tâches_simples tâches "
        "sur_ton_téléphone likez aimer_des liker aucune_expérience avec_ton_téléphone vidéos_youtube"
    ),
    "period": "semaines 2_semaines par_mois par_jour par_semaine jour mois semaine en_7_jours jours quotidien",
    "often": "par_jour par_mois par_semaine quotidien chaque_jour",
    "scheme": (
        "propre_patron mon_équipe liberté_financière filleul filleuls parrainer parrainage cercle_de_dons ronde_abondance "
        "pyramide revenus_passifs marketing_de_réseau deux_personnes"
    ),
    "forward": "envoie_ce envoie_ça envoyez_ce partage_ce partagez_ce transfère_ce fais_passer transmets_ce copie_ce renvoie_ce",
    "crowd": "amis contacts personnes copains groupes proches",
    "fate": "malheur chance malchance supprimé mourir maudit malédiction bonheur voeu",
    "estate": "veuve héritage héritier défunt succession ministre millions_de_dollars millions_d'euros légué feu_mon",
    "sharing": "confidentiel confidentielle transférer pourcentage votre_aide partager",
    "sure_bet": "pari_sûr match_truqué matchs_truqués pronostic_sûr gain_assuré",
    "fake": (
        "achetez_votre_diplôme diplôme_sans acheter_diplôme vrai_permis ozempic stéroïdes viagra cialis sans_ordonnance "
        "permis_de_conduire_sans permis_sans sans_examen faux_billets faux_papiers vrai_faux brûle-graisse réplique répliques "
        "faux_diplôme"
    ),
    "act": (
        "appelez cliquez clique inscrivez inscrivez-vous contactez écrivez répondez demandez envoyez envoie mp_moi "
        "contactez_nous rejoins"
    ),
    "press": "tapez_1 tapez appuyez_sur appuyez",
    "bail": "caution",
    # the innocent
    "visit_kind": (
        "rendez-vous rdv dr docteur médecin cabinet dentaire dentiste clinique vaccin coiffeur garage réservation consultation "
        "résultats médical vétérinaire"
    ),
    "reminder": "rappel confirmer annulation mardi lundi mercredi jeudi vendredi demain prête prêt_à récupérer fixé rappeler",
    "school": "école parents élèves classe cantine crèche collège maîtresse scolaire professeur",
    "closure": "fermée fermé fermeture neige vacances sortie annulée reporté reportée",
    "arrival": (
        "sera_livré livré_aujourd'hui livré_demain est_disponible disponible_au en_cours_de_livraison a_été_livré est_arrivé "
        "est_arrivée point_relais code_de_retrait suivi entre"
    ),
    "firm": "avocat avocate notaire cabinet maître comptable",
    "own_channel": (
        "dans_l'appli dans_l'application votre_appli jamais_vos demandons_jamais en_agence votre_agence rien_à_faire "
        "si_c'est_vous est_vous_il ne_cliquez_pas demande_jamais jamais_votre"
    ),
}

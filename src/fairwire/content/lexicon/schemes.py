"""Concepts of schemes: posing as somebody, phishing, codes, lures, offers, advertising; and the innocent that look like them."""

from __future__ import annotations

CONCEPTS: dict[str, str] = {
    # authority
    "state": (
        "irs! hmrc! tax_office! inland_revenue! internal_revenue! tax_department! revenue_service! customs! "
        "border_protection! fbi! interpol! sheriff! u.s! federal! treasury! social_security_administration! "
        "immigration_office! home_office! ministry! department_of! legal_department! investigation_department! "
        "crime_department! enforcement! magistrate! court! courthouse! embassy! consulate! police! officer! detective! "
        "inspector! marshal! ato! cra! ssa! dea! dvla! dmv! investigation_officer! state_agent! tax! federal_agent! "
        "concerned_department! cbp! state_trooper!"
    ),
    "speaks_for": (
        "calling_from! calling_you_from! calling_on_behalf_of! on_behalf_of! calling_with! calling_for! speaking_for! "
        "represent! representing! i_am_from! i'm_from! im_from! i_am_with! i'm_with! im_with! we_are_with! we're_with! "
        "we_are_from! we're_from! i_work_for! i_work_with! i_work_directly_with! we_work_with! we_work_directly_with! "
        "official_partner_of! partner_of! authorised_by! authorized_by! an_agent_of! representative_of! "
        "a_representative_from! officer_with!"
    ),
    "says_it_is": "this_is! you_have_reached! it_is! it's!",
    "bank": (
        "bank! wells_fargo! chase! barclays! hsbc! lloyds! natwest! santander! citibank! bank_of_america! halifax! visa! "
        "mastercard! fraud_department! fraud_team! security_department! security_team! card_services! account_services! "
        "card_member_services! cardholder_services! billing_department!"
    ),
    "menace": (
        "criminal_case! suspect! penalty! warrant! arrest! arrested! lawsuit! legal_action! legal_proceedings! "
        "enforcement_action! enforcement_actions! prosecute jail! prison! imprisonment! criminal! felony! money_laundering! "
        "drug_trafficking! offense! offence! grand_jury! deport deportation! fraudulent_activities! fraudulent_activity! "
        "suspicious_activities! illegal_activities! tax_evasion! tax_fraud! legal_consequences! suspension_notice! court_order! "
        "court_summons! seize asset_seizure! bailiff! unpaid_fine! unpaid_tax! back_taxes! contraband! case_against! "
        "charges_against! take_action_against! take_action! take_necessary_action! legal_actions! necessary_action! "
        "about_your_case! your_case! suspicious_activity! drugs_and_cash! fraudulent! filed_against! legal_case! "
        "complaint_against! bring_you_into_custody! custody! freeze_your! criminal_activity! bail! illegal_goods! "
        "illegal_activity! tax_debt! fugitive! crime_scene! illegal_content!"
    ),
    "peril": (
        "arrest_you! be_arrested! warrant_for_your! against_you! in_your_name! you_will_be_deported! be_deported! go_to_jail! "
        "face_jail! face_arrest! face_prison! police_to_your! send_the_police! send_the_local_police! officers_will_come! "
        "arrested_today! in_custody! legal_action_against! your_arrest! be_prosecuted! you_owe! face_charges! face_legal! "
        "face_a_fine! settle_the_debt! to_avoid_arrest! avoid_jail! avoid_arrest!"
    ),
    "identity_no": (
        "social_security_number! social_security! ssn! national_insurance_number! national_insurance! tax_file_number! "
        "social_insurance_number! your_identity! your_name! your_passport! your_visa! aadhaar!"
    ),
    "void": (
        "suspended! suspend! cancelled! compromised! revoked! terminated! misused! blocked! deactivated! used_for! used_in! "
        "linked_to! disconnected! found_at! involved_in!"
    ),
    "demand": (
        "press_1! press_one! press_2! press_two! press_0! press_nine! press_9! call_back! call_us! call_us_back! "
        "return_the_call! call_this_number! call_immediately! gift_cards! speak_to_an_officer! speak_with_an_officer! "
        "connect_with! call_now! respond_immediately! pay_immediately! immediate_payment! dial! stay_on_the_line!"
    ),
    "utility": (
        "electric_company! electricity_company! energy_company! power_company! utility! gas_company! water_company! "
        "electricity! energy! gas!"
    ),
    "cutoff": (
        "disconnection! interruption_of_service! disconnect_your! power_will_be! your_service_will! your_power! "
        "stop_the_interruption! interruption! be_disconnected! be_cut_off! disconnected! disconnect! shut_off! cut_off!"
    ),
    # phishing
    "account": (
        "tv_licence! licence! payment_info! payment_details! billing_info! account acct! bank! paypal! apple_id! appleid! "
        "icloud! netflix! amazon! microsoft! facebook! instagram! whatsapp! wallet! mailbox! email! password! profile! "
        "online_banking! coinbase! payee! direct_debit! subscription! membership! sim! login! prime! license_key! "
        "licence_key! computer! antivirus! payment! card! cards! id! identity! page! your_card!"
    ),
    "brand": (
        "amazon! apple! paypal! netflix! microsoft! walmart! ebay! costco! bank! visa! google! norton! mcafee! geek_squad! "
        "att! at&t! verizon! directv! direct_tv! facebook! whatsapp!"
    ),
    "famous": (
        "amazon! apple! paypal! netflix! spotify! microsoft! google! facebook! instagram! whatsapp! icloud! walmart! ebay! "
        "costco! usps! dhl! fedex! ups! royal_mail! evri! hermes! dpd! hmrc! irs! dvla! chase! barclays! hsbc! lloyds! natwest! "
        "santander! halifax! citibank! wells_fargo! bank_of_america! capital_one! coinbase! binance! visa! mastercard! norton! "
        "mcafee! disney+! linkedin! tiktok! snapchat! telegram! verizon! at&t! vodafone! e-zpass! fastrak! sunpass! docusign! "
        "dropbox! sparkasse! volksbank! commerzbank! postbank! deutsche_bank! deutsche_post! bbva! caixabank! itau! bradesco! "
        "nubank! correios! correos! la_poste! poste_italiane! sars! sbi! hdfc! icici!"
    ),
    "problem": (
        "could_not_process! pending! suspended! suspend! locked! lock! limited! restricted! blocked! deactivated! disabled! "
        "unusual! suspicious! unauthorized! unauthorised! expire expires! expired! on_hold! declined! failed! compromised! "
        "unrecognised! unrecognized! frozen! closed! terminated! cancelled! canceled! hacked! unverified! new_device! "
        "new_payee! update_your_billing! payment_problem! could_not_be_processed! security_reason! flagged! terminate "
        "attempted! storage_is_full! is_full! be_deleted! stopped_at! intercepted! paired! breached! being_used! "
        "could_not_renew! not_renew! rejected! returned! be_lost! was_changed! was_added! expiring! not_recognised! requested! "
        "withdrawn! denied! under_review! violates! violation! violated! be_removed! signed_in_from! sign-in_from! "
        "could_not_take! was_ordered! removed! not_working! failure! suspension! failed_to_renew! is_over! ends_today!"
    ),
    "ask": (
        "re-register! re-verify! kyc! complete_your! rearrange! re-activate! verify confirm update_your! click tap! log_in! "
        "login! sign_in! visit! validate restore reactivate unlock! secure_your! review_your! cancel_this! follow_the_link! "
        "follow_this_link! go_to! pay_now! pay_here! complete_the! authenticate resolve appeal! secure_it! update_it! "
        "unblock! release! re-enter! restore_access!"
    ),
    "parcel": (
        "evri! item! parcel package delivery shipment courier! consignment! usps! dhl! fedex! ups! royal_mail! hermes! dpd! "
        "post_office! depot! postage! at_customs!"
    ),
    "fee": (
        "fee! customs_fee! unpaid! shipping_fee! small_charge! charge! redelivery_fee! incomplete_address! wrong_address! "
        "address_is_incomplete! customs_charge! customs_duty! postage_due! returned_to_sender! surcharge! pending_payment! "
        "address_problem! confirm_your_address! update_your_address! update_address! insufficient_postage! duty!"
    ),
    "missed": (
        "missed_delivery! unable_to_deliver! could_not_be_delivered! redelivery! reschedule held! house_number! "
        "tried_to_deliver! nobody_was_home! delivery_attempt! failed_delivery! delivery_failed! not_delivered!"
    ),
    "toll": (
        "toll! tolls! e-zpass! ezpass! fastrak! sunpass! toll_road! parking_charge! parking_fine! congestion_charge! "
        "penalty_charge! traffic_ticket!"
    ),
    "unpaid": "unpaid! outstanding! overdue! due! owe! past_due! late_fee! late_fees! final_reminder! avoid!",
    "refund": (
        "refund! rebate! tax_return! tax_refund! reimbursement! overpaid! overpayment! compensation! stimulus! "
        "relief_payment! grant!"
    ),
    "secret": (
        "card_number! cvv! pin_number! your_pin! pin! bank_details! account_details! password! sort_code! account_number! "
        "login_details! full_card_details! date_of_birth! security_answers! seed_phrase! recovery_phrase! card_details! "
        "credentials! banking_details!"
    ),
    "hand_over": (
        "send_me! send_us! reply_with! give_me! tell_me! forward_me! forward_us! text_me_the! text_back_the! read_me_the! "
        "read_out! send_it_to_me! send_the_code! send_back! share_it_with_me!"
    ),
    "provide": (
        "provide_your! enter_your! submit_your! confirm_your! update_your! verify_your! share_your! reply_with! re-enter!"
    ),
    "code_sent": (
        "by_mistake! digit! sent_to_your_phone! verification! just_sent! accidentally! just_received! on_your_phone! "
        "whatsapp_code! to_your_number! you_just_received! received_by_text! just_got! got_by_text! came_by_text! "
        "you_received!"
    ),
    "parent": "mum! mom! dad! mam! mother! father! grandma! grandpa! auntie!",
    "new_number": (
        "new_number! my_new_phone! temporary_number! broke_my_phone! dropped_my_phone! lost_my_phone! phone_broke! "
        "smashed_my_phone! phone_is_broken! old_number! changed_my_number! new_phone! friend's_phone!"
    ),
    "order": (
        "order! purchase! charge! charged! transaction! payment! invoice! billed! renewal! renewed! withdrawal! transfer! "
        "iphone! login_attempt! ordered!"
    ),
    "not_you": (
        "not_you! wasn't_you! wasnt_you! was_not_you! didn't_do_this! did_not_do_this! do_not_recognise! don't_recognise! "
        "do_not_recognize! don't_recognize!"
    ),
    "dispute": (
        "was_this_you! authorize authorise did_not_make! didn't_make! not_you! wasn't_you! dispute! cancel cancellation! "
        "if_this_was_not! not_authorize! not_authorise! did_not_place! didn't_place! to_report! was_not_made! to_stop! "
        "report_this! customer_service! customer_care! support_team! refund! was_not_you!"
    ),
    # codes
    "code": (
        "code! otp! passcode! one-time! one_time! verification! 2fa! tan! pin! one_time_password! security_code! "
        "verification_code! login_code! access_code! authentication_code! temporary_password! confirmation_code!"
    ),
    "strong_code": (
        "otp! passcode! one-time! one_time! verification_code! 2fa! one_time_password! security_code! login_code! "
        "access_code! authentication_code! temporary_password! confirmation_code! sign-in_code! activation_code!"
    ),
    "type_in": "enter! use! type! input!",
    "code_use": (
        "is_your! your_code! use! enter! expires! valid! verify! log_in! login! sign_in! sign-in! to_log! authenticate "
        "to_complete! code_is! to_confirm! minutes! mins!"
    ),
    "keep": (
        "do_not_share! don't_share! dont_share! never_share! not_share! keep_it_secret! do_not_give! don't_give! anyone! "
        "will_never_ask! never_ask! did_not_request! didn't_request! not_requested! ignore_this! do_not_disclose! "
        "do_not_forward! not_tell!"
    ),
    "other_code": (
        "promo_code! discount_code! postcode! post_code! zip_code! postal_code! area_code! dress_code! source_code! "
        "claim_code! coupon_code! voucher_code! promotion_code! qr_code! error_code! code_review! use_code! with_code! "
        "the_code_base! sort_code! country_code! bar_code! code_at_checkout! door_code! gate_code! gate! door! wifi! wi-fi! "
        "reference_code! booking_code! sale"
    ),
    # lures
    "loan": (
        "grant! loan payday! cash_advance! lending! mortgage_offer! line_of_credit! credit_line! funding! refinance borrow "
        "personal_loan get_up_to! cash_up_to! borrow_up_to! quick_money! money_problems! need_money! need_cash! cash_now!"
    ),
    "sums": "thousand! hundred! million! dollars! grand!",
    "approved": (
        "never_have_to_pay_back! pay_back! approved! pre-approved! preapproved! eligible! eligibility! qualify qualified! "
        "guaranteed! instant! instantly! same_day! entitled! enrollment! accepted! no_credit_check! bad_credit! any_credit! "
        "poor_credit! apply_now! no_collateral! minutes! unsecured decision_in! all_credit! credit_histories! deposited! "
        "cash_today! no_checks! no_questions! no_credit_checks! qualifies! pre-qualified! prequalified!"
    ),
    "rate": (
        "interest_rate! interest_rates! 0%_interest! zero_percent! lower_your! lower_rate! low_interest! apr! reduced_rate! "
        "reduce_your! percent_interest! interest! low_rate! low_rates! lower_rates!"
    ),
    "debt": (
        "debt! debts! credit_card! credit_cards! student_loan! student_loans! tax_debt! back_taxes! credit_card_debt! "
        "card_balance! credit_score! iva!"
    ),
    "relief": (
        "forgiveness! forgiven! relief! eliminate consolidate consolidation! write_off! written_off! reduction! settle_for! "
        "forbearance! discharge! hardship! repair! wipe! relief_program! repayment!"
    ),
    "prize": (
        "prize jackpot! lottery! award! reward! rewards! gift_card giftcard voucher! cash_prize! sweepstake bonus! holiday! "
        "vacation! cruise! ipod! ipad! complimentary! raffle! draw! prize_draw! free_stay! hamper! iphone! inheritance! "
        "tickets! tkts! camcorder! airtime! ringtone brand_new! tv! television! samsung! playstation! laptop! macbook! "
        "hotel_stay! shopping_voucher! points! grill! shipping!"
    ),
    "won": (
        "picked! pre-selected! won! winner! selected! chosen! congratulations! congrats! congratulation! awarded! lucky! win! "
        "drawn! entitled! be_awarded! you_have_been! lucky_winner!"
    ),
    "lucky_talk": (
        "lucky_visitor! lucky_winner! lucky_customer! lucky_number! millionth! winning_ticket! your_ticket! winning_number! "
        "random_draw!"
    ),
    "claim": (
        "confirm_here! only_pay! just_pay! claim redeem collect! to_receive! receive_your! get_your! claimed! to_claim! "
        "receiving! to_get! you_will_receive! pick_up_your! swap! exchange! receive_your_money!"
    ),
    "now": (
        "urgent! urgently! limited_time! final_notice! last_chance! act_now! now! today! immediately! expires! hurry! "
        "final_attempt! last_notice! final! asap! today_only! only_today! before_midnight! within_24! 24_hours! 12_hours! "
        "24hrs! 12hrs! expires_tonight! expiring! expire_soon! tonight! deadline! before_8pm! while_it_lasts! ends_today! "
        "expires_today!"
    ),
    "warranty": (
        "extended_warranty! auto_warranty! car_warranty! vehicle's_extended! vehicle_warranty! home_warranty! car's_warranty! "
        "factory_warranty! warranty!"
    ),
    "health_plan": (
        "health_insurance! medicare! final_expense! burial_insurance! health_plan! back_brace! health_coverage! "
        "open_enrollment! life_insurance! diabetic_supplies!"
    ),
    "saving": (
        "percent_off! 50%_off! %_off! rebate! rebate_check! discount! lower_your! reduce_your! save_up! electric_bill! "
        "energy_bill! gas_bill! savings! lower_rate!"
    ),
    # fraudulent offers
    "invest": (
        "invest investment! crypto! bitcoin! forex! trading! stocks! btc! nft! shares! trade ethereum! usdt! eth! dogecoin!"
    ),
    "soon": "hours! days! weeks! overnight! instantly! tomorrow!",
    "assured": "guaranteed! guarantee! assured!",
    "yield": "return! returns! profit! profits! income! payout! payouts!",
    "sending": "send! deposit! transfer! put_in! pay_in! give! drop!",
    "get_more": "back! double! triple! twice! get_twice! get_double! times_as_much! double_it!",
    "upfront": (
        "registration_fee! joining_fee! starter_kit! starter_pack! training_fee! activation_fee! upfront_fee! enrolment_fee! "
        "enrollment_fee!"
    ),
    "reward_for": "receive_money! get_money! get_cash! receive_cash! you_get_cash! free_money! earn_money! be_paid!",
    "gain": (
        "guaranteed_return guaranteed_profit! guaranteed_income! double_your! triple_your! returns! profit! profits! roi! "
        "risk-free! risk_free! no_risk! daily_profit! huge_returns! 10x! 100x! insider! money_back! daily_income!"
    ),
    "multiply": "turned_my! turn_your! into! grew_my! made_me! tripled! doubled! multiplied! doubles! triples!",
    "earn": (
        "get_paid! like_to_make! want_to_make! can_make! earn! make_money! easy_money! quick_cash! extra_income! "
        "passive_income! earn_up_to! make_up_to! weekly_income! fast_cash! paid_daily! salary! get_rich! get_rich_quick!"
    ),
    "period": (
        "per_assignment! per_task! day! daily! week! weekly! per_day! per_week! a_day! a_week! an_hour! per_hour! hour! "
        "monthly! month!"
    ),
    "often": "weekly! a_week! per_week! a_day! per_day! daily! each_week! each_day! every_week! every_day! /week! /day!",
    "homework": (
        "wrap_your_car! car_wrap! mystery_shopper! secret_shopper! cheque_to_deposit! check_to_deposit! deposit_first! "
        "work_from_home! from_home! from_your_phone! no_experience! online_job! no_skills! your_own_hours! spare_time! "
        "liking_videos! hr_department! skills_required! no_skill! from_anywhere! without_leaving_home! data_entry_job! "
        "online_task! optimise_products! surveys! simple_tasks! at_home! online_tasks!"
    ),
    "scheme": (
        "downline! financial_freedom! be_your_own_boss! own_boss! recruit! join_my_team! network_marketing! mlm! matrix! ponzi! "
        "pyramid! referral_bonus! upline! ground_floor! business_opportunity! invite_friends! gifting_circle! recruits! "
        "cash_gifting! build_your_team! quit_your_job! gift_circle! giving_circle! blessing_loom! name_on_top! name_at_the_top! "
        "add_your_name! pays_me_for_every! everyone_you_bring! person_you_bring! person_i_bring! people_you_bring! "
        "people_below_you! everyone_below_you! under_me!"
    ),
    "forward": (
        "forward! send_this! pass_this! share_this! copy_and_paste! resend! fwd! repost! send_to! forward_to! text_this_to! "
        "pass_it_on! sent_to!"
    ),
    "crowd": (
        "people! friends! contacts! groups! ppl! persons! others! everyone_you_know! ten_people! all_your_friends! frnds! "
        "loved_ones!"
    ),
    "fate": (
        "account_will_be! will_be_deleted! will_be_charged! luck! bad_luck! good_luck! curse! cursed! miracle! bless! "
        "blessing! blessed! something_good! something_bad! lose_your! will_die! your_wish! years_of! break_the_chain! "
        "break_this_chain! chain! will_happen! good_news! wish"
    ),
    "estate": (
        "widow! wish_to_transfer! oil_minister! next_of_kin! inheritance! late_client! deceased! unclaimed_funds! "
        "fund_transfer! million_dollars! million_usd! barrister! business_proposal! consignment_box! transfer_the_funds! "
        "confidential_deal! dying_widow! compensation_fund! unclaimed! late_husband! late_father! late_wife! late_mother! "
        "foreign_partner! inherited! named_beneficiary! beneficiary_of! sole_beneficiary! you_are_the_beneficiary! "
        "you_as_the_beneficiary! you_as_beneficiary!"
    ),
    "sharing": "transfer! share! to_you! confidential! percent! your_assistance! foreign_partner! urgent_reply!",
    "sure_bet": (
        "guaranteed_lottery! winning_numbers! win_every! sure_win! fixed_match! fixed_matches! sure_odds! guaranteed_win!"
    ),
    "gamble": "casino! free_spins! bonus_spins! betting! bookmaker! roulette! slots! blackjack! bingo! first_deposit!",
    "fake": (
        "miracle_pill! kilos_in! lose_10! fat_burner! doctors_hate! burn_fat! replica! counterfeit! fake_id fake_passport "
        "fake_diploma fake_document cloned_cards! viagra! cialis! no_prescription! without_prescription! miracle_cure! "
        "weight_loss! male_enhancement! rolex! lose_weight! diet_pill! steroids! xanax! oxycodone! buy_followers! fullz! "
        "hacked_accounts! university_degree! diploma_without!"
    ),
    # bulk marketing
    "buy": (
        "buy! order_now! shop! sale! discount! offer! deal! deals! off! half_price! clearance! special_offer! promo! "
        "promotion! free! cheap! bargain! voucher! sale_ends! coupon! unlimited! save! best_price! free_trial! cashback!"
    ),
    "urging": (
        "act_now! act_fast! hurry! last_chance! limited_time! limited_places! limited_offer! today_only! only_today! "
        "ends_tonight! while_stocks_last! while_it_lasts! selling_fast! don't_miss! dont_miss! do_not_miss!"
    ),
    "premium": (
        "tone! tones! ringtone polyphonic! wallpaper! logo! logos! auction bid bids! premium_rate! prem_rate! premium_service! "
        "chatline! chat_line! dating_service! freemsg! free_msg! hotline! subscriber! optin! opt-in! std_rate! standard_rate! "
        "txt_back! horoscope!"
    ),
    "stop": (
        "unsubscribe! opt_out! opt-out! reply_stop! text_stop! txt_stop! stop_to! 2stop! 2_stop! to_opt! stop2! optout! "
        "send_stop! stop! stoptxt! to_stop! stop_texts!"
    ),
    "act": (
        "call_now! click_here! visit! order! reply! txt! text! apply! sign_up! subscribe! join! click! tap! call! register! send!"
    ),
    "terms": (
        "t&c! t&cs! t&c's! ts&cs! terms_apply! ts_&_cs! std_txt! p/msg! per_msg! p/min! ppm! 16+! 18+! 150p! £1.50! pobox! "
        "po_box! per_week! customer_services! landline! national_rate! norm150p!"
    ),
    "robot": (
        "taken_off_the! off_the_list! from_our_list! free_home! free_inspection! in_your_neighborhood! in_your_neighbourhood! "
        "free_estimate! automated_message! recorded_message! this_is_not_a_sales! courtesy_call! final_courtesy! "
        "trying_to_reach_you! trying_to_contact_you! been_trying_to! do_not_call_list! do_not_call! qualification_department! "
        "important_message! senior_advisor! close_out! your_vehicle! press_1_now! press_one_now! licensed_agent! to_be_removed! "
        "be_placed_on! removed_from! first_attempt! last_attempt! final_attempt! processing_department! time_sensitive! "
        "caller_id! limited_time_offer!"
    ),
    "press": (
        "press_1! press_one! press_2! press_two! press_9! press_nine! press_0! press_zero! press_3! press_5! press_the! "
        "press_1_now! press_one_now! press!"
    ),
    # the innocent
    "visit_kind": (
        "appointment! appt! dentist! dental! doctor! dr! clinic! surgery! gp! physician! hospital! vet! optician! salon! "
        "hygienist! check-up! checkup! vaccination! jab! prescription! pharmacy! booking! reservation! table! interview! "
        "lesson! class! session! meeting! service_visit! haircut! mot!"
    ),
    "reminder": (
        "reminder! remind reminding! scheduled! reschedule! confirm! confirmed! is_ready! ready_for! please_arrive! arrive! "
        "see_you! tomorrow! collection! cancel! is_due! booked! on_monday! on_tuesday! on_wednesday! on_thursday! on_friday!"
    ),
    "school": (
        "school! schools! district! pupils! students! parents! classes! teacher! principal! headteacher! bus_route! nursery! "
        "kindergarten! pta!"
    ),
    "closure": (
        "closed! closure! closing! delayed! cancelled! snow! weather! early_release! remote_learning! postponed! reopen! "
        "dismissal! half-day! inset! holiday! picture_day! trip! meeting! absence! absent!"
    ),
    "arrival": (
        "out_for_delivery! has_been_delivered! was_delivered! has_shipped! will_arrive! arriving! on_its_way! on_the_way! "
        "ready_for_collection! ready_to_collect! ready_for_pickup! dispatched! left_with! signed_by! between! "
        "no_action_needed! be_with_you! stops_away!"
    ),
    "firm": (
        "law_office! law_offices! law_firm! attorney! solicitor! solicitors! paralegal! counsel! closing_documents! "
        "our_office! my_office! deposition! conveyancing! your_case! jury_duty! jury_service!"
    ),
    "own_channel": (
        "number_on_the_back! back_of_your_card! in_the_app! our_app! your_app! mobile_app! visit_your_branch! local_branch! "
        "number_on_your_statement! no_action_is! no_action_required! if_this_was_you! yes_or_no! usual_number! official_app! "
        "never_ask! will_never_ask! never_share! do_not_share! don't_share! your_branch! ignore_this! account_manager! "
        "statement_is_ready! in_branch!"
    ),
    # health, for the kind of sensitive content
    "illness": (
        "hiv! cancer! chemotherapy! diabetes! diabetic! hepatitis! depression! bipolar! schizophrenia! epilepsy! tumour! "
        "tumor! biopsy! chlamydia! gonorrhoea! gonorrhea! syphilis! miscarriage! abortion! dementia! leukaemia! leukemia! "
        "hiv-positive! anorexia! psychosis! cirrhosis! tuberculosis! multiple_sclerosis! parkinson's! herpes! ptsd! covid! "
        "metformin! insulin! sertraline! methadone! lithium! warfarin! hba1c!"
    ),
    "finding": (
        "diagnosed! diagnosis! your_results! test_results! your_result! test_result! results_are! result_is! positive! "
        "negative! tested! your_biopsy! your_treatment! your_prescription! patient! your_dose! dosage! mg! your_scan! "
        "relapse! medical_record! medical_records! your_medication! admitted! symptoms! oncology! stage!"
    ),
}

"""Concepts of harm: threats, hate, adult content, violence; who is meant, and what takes the edge off."""

from __future__ import annotations

CONCEPTS: dict[str, str] = {
    # who, when, whether
    "not": (
        "not! no! never! dont! don't! doesn't! didn't! won't! wont! can't! cant! cannot! isn't! aren't! wouldn't! shouldn't! "
        "nobody! refuse"
    ),
    "you": "you! u! ur! your! yourself! ya! you're! you'll!",
    "yours": "your_family your_kid your_child your_children your_wife your_mother your_house your_home your_car your_husband",
    "kin": (
        "your_family your_kid your_child your_children your_wife your_husband your_mother your_father your_mom your_mum "
        "your_dad your_son your_daughter your_sister your_brother your_parents your_baby your_girlfriend your_boyfriend"
    ),
    "laugh": (
        "lol! lmao! haha! hahaha! hehe! jk! rofl! 😂 kidding joking just_kidding just_joking :)! xx! luv! babe! die_laughing "
        "game! level! match! shoot_you_a! shoot_you_an! killing_it! kill_time! to_die_for! die_for! kill_the! chess! exam! "
        "dancefloor tennis! football! pool! cut_you_some! cut_you_a! beat_you_there! beat_you_to! beat_you_home! "
        "water_pistol! toy! quiz! monopoly! playstation! xbox! golf! card_game! board_game!"
    ),
    "fiction": "lyrics song movie film novel documentary episode book podcast series! show! joke scene!",
    "report": (
        "said! says! reported! reports! reporting! news headline article according_to witnesses convicted sentenced arrested "
        "condemn victims memorial vigil spokesman spokesperson journalist exhibition museum history lecture essay course "
        "jury_heard court_heard interview charged_with prime_minister murder_trial! on_trial! trial_of!"
    ),
    "wrong": (
        "treated! hate_that! hates_that! rights! injustice! not_right! so_badly! respect! wrong! racism racist bigotry "
        "unacceptable condemn never_ok equality tolerance solidarity stand_against speak_out hate_crime against_hate "
        "hate_speech harassment_policy report_it support_line helpline hotline"
    ),
    "future": (
        "will! i'll! we'll! ill! gonna! going_to! gunna! shall! about_to! want_to! coming_to i_swear should! someone_should! "
        "im_coming_to! i'm_coming_to!"
    ),
    "join": "join join_us sign_up_with fight_with fight_for stand_with support pledge allegiance donate fund enlist recruit",
    # threat
    "harm": (
        "kill murder stab shoot strangle hurt cripple maim slash behead execute slaughter beat_up burn_down burn bury_you! "
        "break_your! smash_your! cut_your! end_your_life! put_you_in_the_ground! put_you_in_hospital! make_you_suffer! "
        "make_you_pay! hunt_you! beat_you! destroy_you! finish_you! kill_you! unalive k1ll"
    ),
    "suffers": "die! dies! hurt! get_hurt! killed! harmed! suffer! suffers! dead! bleed! gets_hurt!",
    "silence": "tell_anyone! tell_the_police! tell_the_cops! call_the_police! call_the_cops! go_to_the_police!",
    "harm_you": (
        "smash_your_face! break_your_legs! break_your_neck! break_your_arms! break_your_nose! cut_your_throat! slit_your! "
        "bash_your! beat_you_up! knock_your_teeth! put_a_bullet! kick_your_head! rip_your! burn_your_house! burn_down_your! "
        "with_a_knife! with_a_gun!"
    ),
    "hurtverb": "break smash crush slit cut bash kick crack rip snap burn punch cave_in! bust",
    "body": (
        "jaw! face! leg! legs! neck! arms! arm! nose! throat! skull! bones! bone! teeth! head! fingers! knees! ribs! "
        "kneecaps! eyes!"
    ),
    "gun": "gun! knife! rifle! weapon acid! shotgun! machete! grenade!",
    "hit": "cut beat punch attack harm gun_down run_over",
    "thee": "you! u! ya! yourself!",
    "find_you": "find_you! track_you_down! hunt_you_down! come_after_you! coming_after_you! to_your_house_tonight!",
    "stalk": (
        "know_where_you_live! know_where_you_work! know_where_you_sleep! know_your_address! watching_your_house! "
        "watching_you_sleep! know_where_your_kids! know_where_your_children! know_where_your_family! found_your_address! "
        "outside_your_house_with where_you_park! what_car_you_drive! follow_you_home! followed_you_home!"
    ),
    "doom": (
        "watch_your_back! days_are_numbered! you_are_dead! you're_dead! dead_man! dead_meat! you_will_regret! you'll_regret! "
        "going_to_regret! you_will_die! you'll_die! you're_gonna_die! you_gonna_die! you_are_going_to_die! kill_yourself! "
        "hope_you_die! blood_on_your_hands! next_time_you_won't be_sorry_you! won't_see_tomorrow! won't_live! wont_live! "
        "coming_for_you! come_for_you! get_what's_coming deserve_to_die! you_should_die! one_eye_open! won't_survive! "
        "wont_survive! not_survive! won't_make_it_out! last_day_on_earth! end_of_you! you_are_finished! you_will_be_sorry! "
        "you'll_be_sorry! you_will_pay_for! going_to_pay_for! you'll_pay_for! pay_for_what_you_did! better_hide! better_run! "
        "cannot_hide! can't_hide! protect_you_from_us! everyone_dies! you_all_die! you're_a_dead! a_dead_man!"
    ),
    "orelse": "or_your! or_else! unless! otherwise! if_you_don't! if_you_dont! if_you_do_not! if_not! before_it_is_too_late",
    "leak": (
        "leak expose publish post_your release_your send_your share_your upload everyone_you_know! will_see_them! "
        "send_them_to! all_your_contacts! your_contacts!"
    ),
    "intimate": (
        "nude nudes! private_photo private_pic private_video naked_photo naked_picture intimate_photo intimate_picture "
        "intimate_video your_video your_photo your_pictures recorded_you webcam_video browsing_history private_photos! "
        "private_videos! sex_tape"
    ),
    "ransom": "bitcoin btc! monero ransom transfer wire pay! payment gift_card money!",
    "bomb": "bomb explosive device_will_go_off blow_up detonate gunman shoot_up",
    "place": (
        "school building office hospital airport station church mosque synagogue stadium mall embassy courthouse plane train "
        "bus venue"
    ),
    # hate
    "group": (
        "trans! trans_people! blacks_and! immigrant migrant muslim jew jewish! christian hindu sikh black_people! "
        "white_people! asian gay lesbian transgender foreigner refugee asylum_seeker gypsies! gypsy! roma_people! mexican "
        "arab african african-american indian_people! chinese_people! pakistani polish_people! disabled_people! homosexual "
        "latino atheist catholic those_people! their_kind! your_kind! that_race! unbeliever"
    ),
    "group_weak": "women! men! girls! boys! whites! blacks! asians! old_people!",
    "dehuman_weak": (
        "filthy! dirty! disgusting! freaks! criminals! animals! garbage! pigs! dogs! rapists! thieves! leeches! monkeys! "
        "apes! inferior perverts! abomination! savages! degenerates!"
    ),
    "are": "are! is! were! r! they're!",
    "dehuman": (
        "vermin! subhuman sub-human parasite cockroach roach filth scum! rats! infest infestation disease_on plague_on "
        "a_disease! a_plague! a_cancer! enemy_of! enemies_of!"
    ),
    "purge": (
        "exterminate wipe_out! wiped_out! eradicate get_rid_of! cleanse purge lynch gas_the! deport_them hang_all burn_all "
        "kill_all! all_die! should_die! should_be_shot! deserve_to_die! drive_them_out! drive_out!"
    ),
    "hate": "hate! despise detest loathe can't_stand! death_to! down_with!",
    "only_good": "only_good!",
    "dead": "dead!",
    "leave": (
        "your_kind_here! want_your_kind! their_kind_here! their_kind_out! go_back_to_your_country! "
        "go_back_to_your_own_country! go_back_where_you_came! don't_belong_here! dont_belong_here! do_not_belong_here! "
        "not_welcome_here! go_home_foreigner! keep_them_out! don't_want_your_kind! dont_want_your_kind! "
        "do_not_want_your_kind! throw_them_out! kick_them_out! send_them_back! send_them_home! send_them_all_back!"
    ),
    "supremacy": (
        "white_power! master_race! racial_purity! pure_race! race_traitor! heil_hitler! sieg_heil! racial_holy_war! 1488! "
        "superior_race! superior_to_all! racially_superior! everyone_else_is_inferior! inferior_race!"
    ),
    # adult
    "explicit": (
        "cam_show! private_show! webcam_show! no_clothes! clothes_off! strip_tease! striptease! undress! porn porno! "
        "xxx_video xxx_movie xxx_pic xxx_site xxx_cam xxx_vid xxx_rated hardcore! camgirl cam_girl blowjob milf! pussy! "
        "horny! erotic! fetish! masturbate orgasm! cumshot! onlyfans! nudes! hentai! threesome escort_service call_girl "
        "sex_chat! sex_cam! sexcam! sextoy live_sex! phone_sex! gay_sex! anal! strip_show bareback! dirty_chat! dirty_girl "
        "dirty_video naked_girl nude_girl nude_pic naked_pic nudie"
    ),
    "sexual": (
        "sex! sexy! nude! naked! naughty! kinky! topless! busty! dirty_talk! lingerie seduce bedroom_fun adult_video "
        "adult_movie adult_chat adult_content adult_dating adult_fun adult_site adults_only! 18+! over_18! fling! hookup "
        "hook_up! sensual! no_strings! discreet! escort webcam! take_it_all_off! cams! horny!"
    ),
    "company": (
        "hot_girl hot_babe hot_single girls! babes! ladies! singles! housewives! women_near_you! local_women! lonely_women! "
        "local_girl"
    ),
    "paid_company": (
        "outcall! outcalls! incall! incalls! incall/outcall! outcall/incall! in-call! out-call! gfe! girlfriend_experience! "
        "erotic_massage! sensual_massage! nuru! body_to_body! happy_ending_massage! massage_with_happy! massage_happy_ending! "
        "full_service_massage! sugar_baby! sugar_babies! sugar_daddy! looking_for_daddy! companion_for_gentlemen! "
        "companions_for_gentlemen! companionship_for_gentlemen! escort_girl paid_date call_girl"
    ),
    "on_cam": "on_cam! on_webcam! my_cam! live_cam! by_cam!",
    "by_the_hour": "per_hour! an_hour! half_hour! /hour! /h! per_night! a_night! roses! ppm!",
    "bare": "sex! sexy! nude! naked! topless!",
    "tempting": "lonely! hot! horny! naughty! want_to_meet! waiting_for_you! bored_housewives! flirt flirty!",
    "available": (
        "waiting_for_you! near_you! in_your_area! tonight! available_now! want_to_meet! wants_to_meet! meet_you! "
        "chat_with_you! to_chat! live_now! discreet! your_place!"
    ),
    "sexhealth": (
        "sexual_health! sex_education! safe_sex! contraception contraceptive clinic! screening! sti! std_test "
        "sexual_harassment! sexual_assault! gender! same-sex! same_sex! opposite_sex! sex_offender! pregnancy gp! nurse "
        "consent! survivors"
    ),
    # promotion of violence and terror
    "terror": (
        "isis! daesh! al-qaeda! al_qaeda! alqaeda! caliphate! jihad! mujahideen! islamic_state! boko_haram! al-shabaab! "
        "armed_struggle! holy_war! race_war! militia! insurgency!"
    ),
    "glory": "glory_to! glory! praise! long_live! hail! honour_to! honor_to! heroes! hero! martyr! bless!",
    "attackers": (
        "martyrs! shooter! bombers! attackers! attacker! the_attack! the_attacks! massacre! gunmen! gunman! the_bombing!"
    ),
    "enemy": (
        "police_station! police! town_hall! city_hall! capitol! government! mosque! synagogue! churches! infidels! "
        "unbelievers! kuffar! police_officers! cops! politicians! the_government! traitors! crusaders! the_enemy! the_jews! "
        "the_muslims! civilians! the_crowd! nonbelievers! parliament! soldiers!"
    ),
    "infidel": "infidels! infidel! unbelievers! kuffar! kafir! crusaders! nonbelievers! non-believers! apostates!",
    "first_person": (
        "we_will! we'll! we_are_going_to! we're_going_to! were_going_to! we_gonna! i_will! i'll! i'm_going_to! im_going_to! "
        "i_am_going_to! i'm_gonna! im_gonna! we_shall! we_want_to! i_want_to! we_plan_to! ready_to! who_wants_to! help_us! "
        "help_me! we_make! i_swear! tonight_we! tomorrow_we! friday_we! saturday_we! sunday_we! then_we! "
        "noon_we!"
    ),
    "wreck": (
        "burn_down! torch! bomb! firebomb! blow_up! set_fire_to! set_on_fire! petrol_bomb! shoot_up! raze! burn_to_the_ground!"
    ),
    "ablaze": "burn! burning! on_fire! alight! ablaze! go_up_in_flames!",
    "assault": (
        "attack! ambush! massacre! gun_down! open_fire_on! mow_down! ram_a_car_into! drive_a_car_into! drive_a_van_into!"
    ),
    "slay": (
        "kill! shoot! massacre! slaughter! behead! execute! hang! stab! lynch! exterminate! gun_down! run_over! gas! burn! "
        "murder! hunt_down! put_down! mow_down! wipe_out!"
    ),
    "every": (
        "all! all_the! all_of_the! all_these! all_those! every! every_one_of! every_last! every_last_one_of! every_single! "
        "each_of! each! any!"
    ),
    "gathering": (
        "mosque! synagogue! church! temple! gurdwara! shrine! chapel! parade! protest! rally! demonstration! "
        "vigil! parliament! pride! embassy! shelter! asylum_hotel! refugee_hotel! refugee_camp! refugee_centre! "
        "procession! festival! crowd! congregation! worshippers! community_centre! community_center! polling_station!"
    ),
    "building": (
        "school! hospital! clinic! station! police_station! courthouse! town_hall! city_hall! office! mall! market! stadium! "
        "library! university! college! hotel! airport! bridge! barracks! capitol! museum! theatre! train! bus! club! bar!"
    ),
    "these": "them! these_people! those_people! the_lot! them_all! every_one_of_them! those_animals!",
    "mow": "run_them_over! mow_them_down! gun_them_down! massacre_them! slaughter_them! gas_them!",
    "officials": "cops! policemen! police_officers! politicians! soldiers! journalists! judges! traitors! civilians!",
    "deserved": (
        "deserve_a_bullet! deserves_a_bullet! deserve_the_rope! deserves_the_rope! deserve_to_be_shot! deserves_to_be_shot! "
        "deserve_to_be_hanged! deserve_to_hang! deserve_to_burn! should_be_shot! should_be_hanged! should_be_hung! "
        "should_be_burned! should_be_gassed! need_a_bullet! needs_a_bullet! a_bullet_each! a_bullet_in_the! must_be_shot!"
    ),
    "bleed_them": ("make_them_bleed! them_bleed! blood_in_the_streets! spill_their_blood! their_blood_will! break_their_bones!"),
    "setting": "set! put! setting!",
    "arms_brought": (
        "no_mercy! bring_guns! bring_weapons! bring_knives! bring_your_gun! bring_your_guns! bring_petrol! bring_gasoline! "
        "bring_the_petrol! bring_bats! bring_machetes! bring_rope! bring_the_rope! petrol_bombs! molotovs! bring_your_rifles! "
        "bring_tools! with_guns! with_knives! with_rifles! with_machetes! who_is_in! who's_in! whos_in! who_is_with_me!"
    ),
    "peaceful": (
        "demolition! demolish controlled! fireworks! bonfire! drill! rehearsal! simulation! exercise! film_crew! photos! photo! "
        "photograph! photographer! filming! video! footage! wedding! documentary! calories! candles! incense! debt! mortgage! "
        "leaflets! flyers! sandwiches! snow! project! homework! paint! garden! weeds! mosquitoes! ants! bacteria! virus! germs!"
    ),
    "blasting": (
        "demolition! demolish controlled_explosion controlled_blast fireworks! fire_drill! evacuation_drill! training_exercise!"
    ),
    "own_wish": (
        "you_want_to! you_wanted_to! you_wish_to! you_might! you_would! you'd! you_feel_like! you_are_thinking_of! thinking_of! "
        "thinking_about! thoughts_of! thought_of! thought_about! urge_to! you_plan_to! you_planned_to! you_tried_to! want_to! "
        "wanted_to! you_could! not_to! never! don't! dont! do_not!"
    ),
    "self_harm": (
        "kill_yourself! killing_yourself! hurt_yourself! hurting_yourself! harm_yourself! harming_yourself! cut_yourself! "
        "cutting_yourself! end_your_life! ending_your_life! take_your_life! taking_your_life! take_your_own_life!"
    ),
    "call_to": (
        "bring_weapons! bring_guns! arm_yourselves! burn_it_all! no_mercy! every_one_of_us! we_must! let_us! lets! let's! "
        "time_to! rise_up! everyone_must! brothers! take_up_arms! every_believer! it_is_your_duty! we_should! grab_your_guns! "
        "to_arms! strike! comrades!"
    ),
    "strike_at": (
        "kill! attack! bomb! burn! shoot! behead! execute! slaughter! bring_down! strike! massacre! blow_up! stab! hang!"
    ),
    "recipe": (
        "how_to_make! how_to_build! instructions_for! guide_to_making! recipe_for! build_your_own! manual_for! step_by_step!"
    ),
    "weapon": (
        "pipe_bomb! explosives! nail_bomb! ghost_gun! silencer! molotov! ied! detonator! suicide_vest! suicide_belt! "
        "untraceable_gun"
    ),
    "arms": "guns! rifles! ammo! ammunition! pistols! glock! ak-47! ak47! firearms! handguns!",
    "illicit": (
        "no_background_check! no_paperwork! untraceable! no_licence! no_license! no_questions_asked! unregistered! no_serial! "
        "without_any_paperwork! without_paperwork! without_a_licence! without_a_license! without_papers! no_papers! no_id! "
        "off_the_books! cash_only_no!"
    ),
}

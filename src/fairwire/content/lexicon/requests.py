"""Concepts of asking people for what pays or proves who they are, in a message that they are to answer."""

from __future__ import annotations

CONCEPTS: dict[str, str] = {
    "request": (
        "send_us! send_your! send_back! send_over! send_a! send_photos! text_us! text_the! text_over! "
        "text_back! text_your! message_us! email_us! reply_with! respond_with! answer_with! reply_your! "
        "confirm_your! verify_your! tell_us! give_us! provide! share_your! we_need_your! we_need_the! "
        "need_your! what_is_your! what's_your! whats_your! what_is_ur! whats_ur! dm_us! kindly_send! "
        "kindly_provide! whatsapp_us! need_ur! send_ur! text_ur! confirm_ur!"
    ),
    "request_own": "text_your! confirm_your! share_your! verify_your! need_your!",
    "key_word": "pin! password!",
    "bank_code": "sort_code!",
    "key": (
        "cvv! cvc! cvv2! card_pin! bank_pin! atm_pin! debit_pin! your_pin! ur_pin! pin_number! 4_digit_pin! card_number! "
        "card_no! long_number! long_card_number! 16_digits! 16_digit! three_digits! 3_digits! digits_on_the_back! "
        "digits_on_back! security_number! passcode! banking_password! bank_password! email_password! account_password! "
        "login_password! your_password! ur_password! maiden_name! memorable_word! memorable_name! ssn! s.s.n! "
        "social_security_number! social_security! seed_phrase! recovery_phrase! private_key! security_answer! security_answers! "
        "and_pin! card_details! banking_details! card_expiry! and_expiry!"
    ),
    "birth": "date_of_birth! birth_date! birthdate! b-day! dob! full_name! home_address!",
    "proof": (
        "id_number! identity_number! passport_number! "
        "licence_number! license_number! medicare_number! insurance_number! tax_number! aadhaar! aadhaar_number! pan_number! "
        "photo_of_your_passport! picture_of_your_passport! photo_of_your_id! picture_of_your_id! "
        "passport_and_a_selfie! selfie_with! and_a_selfie! id_and_a_selfie! front_and_back_of_your! scan_of_your_passport!"
    ),
    "purse": (
        "your_account_number! ur_account_number! and_sort_code! your_sort_code! your_routing_number! your_iban! "
        "your_account_details! your_bank_details! ur_bank_details! your_bank_account! your_account_no!"
    ),
    "pretext": (
        "refund! rebate! prize! claim! payout! payment! benefits! benefit! bonus! reward! grant! compensation! unblock! unlock! "
        "reactivate! restore! release! verify! verification! suspended! blocked! restricted! locked! expire! parcel! package! "
        "deposit! winnings! inheritance! loan! reimbursement! keep_your! to_receive! to_process! to_finish! to_complete!"
    ),
    "never_asked": "never_ask! won't_ask! wont_ask! not_ask! nobody_will_ask! no_one_will_ask! don't_ask!",
    "in_person": (
        "at_reception! at_the_desk! at_the_counter! in_person! in_branch! at_check-in! when_you_arrive! on_arrival! "
        "to_the_appointment! pay_you_back! pay_you! owe_you! split_the! my_share! rent! payroll! invoice! the_office! "
        "for_the_booking! hire_car! never_text! never_send! never_tell! don't_text! don't_send! dont_send! do_not_send! "
        "do_not_text! do_not_tell! birthday_card! birthday_party! birthday_present! cake! wifi! wi-fi! happy_birthday! "
        "pin_code! pincode! check_in! check-in! appointment! surgery! clinic! dentist! membership_form! enrolment_form! "
        "school_trip! visa_application! quote! ticket! tickets! library! loyalty! printer!"
    ),
}

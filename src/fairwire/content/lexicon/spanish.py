"""Spanish: its small words, and the words and phrases of each concept. Form as in `languages`."""

from __future__ import annotations

SMALL = (
    "yo tú él ella usted nosotros ustedes ellos ellas el la los las un una unos unas de del al a en con sin por para entre "
    "hasta desde sobre y o pero no ni sí si que qué quien cuando donde como porque pues es son está están estoy eres soy "
    "fue era ser estar ha han he has hemos hay tiene tienes tengo puede puedes puedo debe hace hacer va van voy vas vamos "
    "este esta estos estas ese esa eso esto mi mis tu tus su sus nuestro nuestra me te se le les lo nos os muy más menos ya "
    "aquí ahí hoy mañana ayer ahora siempre nunca también todo todos toda todas nada algo otra otro bien gracias hola "
    "buenos buenas días tardes noches favor señor señora estimado estimada cliente queridos querido querida x xq pq q tb "
    "once red pie sale come pan ropa mesa"
)
CONCEPTS: dict[str, str] = {
    # who, when, whether
    "not": "no nunca jamás nadie ningún ni",
    "you": "tú te ti tu tus usted su sus os",
    "thee": "te ti tú os",
    "kin": "tu/tus/su_familia/madre/padre/hijo/hija/hijos/mujer/marido/hermano/hermana/padres/novia/novio/niños",
    "yours": "tu/su_casa/coche/carro",
    "future": "voy vamos vas van quiero",
    "orelse": "si_no o_publico o_tu o_enviaré sino de_lo_contrario si_hablas o_serás o_será o_mando o_envío",
    "laugh": (
        "muerto/muertos/muerta_de_cansancio/risa/hambre/frío/miedo/sueño jaja jajaja broma chiste chistes risa ajedrez fútbol "
        "partido tenis muerto_de_sueño de_risa"
    ),
    "fiction": "película peli serie libro novela canción episodio podcast documental",
    "report": (
        "según periódico noticias policía_advierte advierte advierten detuvo detenido_un condenado testigos museo charla "
        "exposición sms_falso sms_falsos falsos_agentes cuidado_con ojo pasadlo estafa estafas timo"
    ),
    "blasting": "desactivada simulacro demolición fuegos_artificiales",
    # threat
    "harm": "mato mataré mataremos",
    "killing": "matar degollar acuchillar apuñalar quemar violar reventar estrangular rajar machacar",
    "suffers": "morir sufrir muerto muerta sangrar muere",
    "hurtverb": "partir parto romper rompo reventar arrancar",
    "body": "piernas pierna cara dientes huesos brazos cuello boca cabeza rodillas dedos",
    "harm_you": "partir_la_cara partirte_la partirte_las romperte_las romperte_la",
    "stalk": (
        "qué_escuela_va qué_colegio_va dónde_vive_tu donde_vive_tu dónde_vives estoy_afuera_de_tu sé_dónde_vives sé_donde_vives "
        "sabemos_dónde_vives sabemos_donde sé_dónde_trabajas sabemos_dónde conozco_tu_dirección se_donde"
    ),
    "find_you": "te_vamos_a_encontrar te_encontraré vamos_a_por_ti te_espero_en_tu a_por_ti",
    "doom": (
        "estás_muerta te_rajo te_corto un_tiro_en te_meto_un_tiro pego_un_tiro le_va_a_pasar te_va_a_pasar los_mato "
        "mato_a_todos los_voy_a_matar os_mato os_voy_a_matar bala_en_la_cabeza te_quemo_la_casa te_parto_la_cara "
        "te_parto_las_piernas te_rompo_la_cara te_rompo_las_piernas te_voy/vamos_a_destrozar/hundir/arruinar "
        "voy/vamos_a_matarte/matarlos/degollarte/rajarte/reventarte/quemarte/apuñalarte te_mato te_mataré te_mataremos "
        "te_voy/vamos_a_partir/romper_las/la/los te_corto_el_cuello vas_a_morir van_a_morir vais_a_morir vas_a_sufrir "
        "va_a_sufrir días_contados estás_muerto estáis_muertos eres_hombre_muerto te_vas_a_arrepentir lo_vas_a_lamentar "
        "quemar_tu_casa quemar_tu_coche vamos_a_por_ti pagarás_con_tu_vida"
    ),
    "silence": "a_la_policía con_la_policía",
    "leak": (
        "en_internet en_línea subimos_tus subo_tus subiremos publico publicar publicaré difundo envío_tus todos_tus_contactos "
        "tus_contactos sus_contactos subiré mando_tus"
    ),
    "intimate": (
        "fotos_desnuda fotos_desnudo tus_fotos su_video_íntimo video_íntimo vídeo_íntimo tu_video fotos_íntimas tus_nudes "
        "su_video"
    ),
    "ransom": "no_pagas/paga/pagan/pagáis bitcoin btc pagas pague paga pagar dinero rescate transferencia",
    "bomb": "bomba bombas explosivo explosivos tiroteo atentado",
    "place": (
        "colegio escuela instituto estación aeropuerto ayuntamiento hospital iglesia mezquita sinagoga universidad estadio "
        "juzgado metro"
    ),
    # adult
    "explicit": (
        "encuentros_de_sexo encuentros_sexuales sexo_en_tu sexo_por_webcam contactos_sexuales porno* puta putas follar follando "
        "cachondas cachonda mamada mamadas sexo_en_vivo show_privado línea_erótica tetas coño mujeres_calientes "
        "chicas_calientes chicas_desnudas prostituta* travesti casa_de_relax fotos_desnuda fotos_desnudas packs_de_fotos"
    ),
    "sexual": (
        "cariñosa sexo desnuda desnudas desnudo erótic* sensual* webcam cachondas calientes escort* pícara relax final_feliz"
    ),
    "company": (
        "mujer_madura señora_madura mujeres_maduras estudiante_cariñosa chica_cariñosa estudiante_sexy chicas_en_webcam "
        "chicas_en mujeres_calientes chicas_calientes chicas_desnudas solteras mujeres_solas chicas_nuevas chica_de "
        "mujeres_cerca"
    ),
    "paid_company": (
        "masaje_erótico masajes_eróticos final_feliz acompañante* dama_de_compañía sugar_daddy sugar_baby scort casa_de_relax "
        "ofrece_encuentros chicas_nuevas puta_a prostituta*"
    ),
    "on_cam": "webcam en_mi_cam",
    "by_the_hour": "la_hora media_hora la_noche rosas el_minuto por_minuto",
    "bare": "desnuda desnudas sexo",
    "tempting": "calientes cachondas cachonda solas traviesa",
    "available": (
        "recibe_en disponible_hoy en_tu_ciudad en_su_piso voy_a_tu_casa u_hotel registro_gratis en_vivo a_domicilio cerca_de_ti "
        "te_esperan te_espera esta_noche en_directo disponible domicilio hotel sin_compromiso quieren_sexo"
    ),
    "sexhealth": (
        "anticoncep* salud_sexual educación_sexual sida ginecólog* acoso_sexual agresión_sexual centro_joven abuso_sexual"
    ),
    # authority
    "state": (
        "comisaría policía_fiscal cobranza policía_cibernética cobro_judicial juez policía citación guardia_civil juzgado "
        "hacienda aduana aduanas agencia_tributaria interpol europol ministerio fiscalía tribunal judicial seguridad_social dgt "
        "gobierno mossos inmigración sat"
    ),
    "menace": (
        "contiene_drogas droga_en investigado fraude_fiscal embargar lavado_de_dinero lavado orden_de_detención "
        "orden_de_arresto detención arresto arrestado embargo blanqueo cárcel denuncia citación proceso_penal contenido_ilegal "
        "actividad_fraudulenta delito delitos fianza prisión penal sanción"
    ),
    "peril": (
        "siendo_investigado investigado_por sin_demora un_mensajero mensajero_pasará cuentas_a_su_nombre embargar_su "
        "contra_usted a_su_nombre será_arrestado será_detenido antes_del_embargo evitar_el_embargo evitar_la_cárcel "
        "su_detención pagar_una_fianza sus_bienes me_ha_detenido"
    ),
    "identity_no": "identidad número_de_la_seguridad seguridad_social su_dni dni su_nombre su_pasaporte",
    "void": "suspendido suspendida bloqueado bloqueada utilizada utilizado comprometida usada suplantada",
    "demand": (
        "sin_demora llame_sin un_mensajero pasará_a_recoger marque_1 de_inmediato pulse_1 llame_de_inmediato llame_ya "
        "llame_urgente llame_inmediatamente devuelva_la_llamada responda_en pague_hoy pague_inmediatamente llame_ahora"
    ),
    "speaks_for": (
        "le_hablo_de le_hablo_del le_llamamos_de llamamos_del le_llamo_del le_llamo_de soy_de soy_del llamo_de llamo_del "
        "en_nombre_de de_parte_de hablo_de represento somos_de somos_del departamento_de le_habla"
    ),
    "bank": (
        "brigada_de_fraudes departamento_de_fraudes área_de_seguridad banco su_banco departamento_de_seguridad "
        "departamento_de_fraude banca bancario"
    ),
    "utility": "luz electricidad endesa iberdrola gas naturgy suministro",
    "cutoff": "cortaremos cortar_la cortarán corte suspensión_del_suministro cortada",
    # phishing
    "account": (
        "token perfil firma_digital aplicación_móvil llave_digital cuenta cuentas tarjeta suscripción contraseña banca_online "
        "banca acceso banca_en clave usuario tarjeta_sanitaria banco membresía cartera correo_electrónico"
    ),
    "problem": (
        "vence_hoy vence vencerá no_perder_el_acceso no_pudimos_cobrar no_pudimos_procesar será_cancelad* cancelad* bloqueo "
        "dado_de_baja irregularidad* movimiento_inusual cargo_no_reconocido bloquead* suspendid* limitad* desactivad* "
        "restringid* caducad* caduca vencid* fallo rechazad* no_autorizad* acceso_no_autorizado inusual* sospechos* "
        "será_cerrada será_eliminada eliminada cerrada hackead* cancelada comprometid* por_seguridad nuevo_dispositivo expira "
        "expirado inhabilitad* incidencia no_podrá no_podra no_puede_utilizar"
    ),
    "ask": (
        "reactivación renuévela_en pagar complete completa regulariza actualícelo ingresa sincronice corrija verifique verifica "
        "verificar confirme confirma confirmar actualice actualiza actualizar pulse haga_clic haz_clic acceda accede ingrese "
        "inicie_sesión reactiv* desbloque* renueve renuévela renuevela solicite solicítelo evite pague siga_el_enlace valide "
        "pinche regularice reclame active activar"
    ),
    "parcel": "paquete paquetes envío entrega pedido correos mensajería repartidor",
    "fee": (
        "falta_el_número número_de_casa código_postal_incorrecto dirección_incorrecta gastos_de_aduana gastos_de_envío aduana "
        "tasa tasas arancel* dirección_está dirección_incompleta actualice_la_dirección pague_los gastos incompleta incorrecta "
        "domicilio_incompleto"
    ),
    "missed": (
        "parado_en está_parado en_la_aduana fue_detenido está_detenido detenido devuelto_al no_pudo_ser pudo_ser_entregado "
        "no_se_pudo no_entregado entrega_fallida retenido está_retenido será_devuelto intento_de_entrega reprogramar "
        "no_ha_podido"
    ),
    "toll": "peaje peajes multa multas sanción radar estacionamiento infracción",
    "unpaid": "pendiente pendientes impagada impagado impago recargo último_aviso vencida deuda atraso",
    "refund": "reembolso reembolsos devolución indemnización ayuda_de bono_social",
    "secret": (
        "número_de_tarjeta contraseña usuario_y clave claves pin cvv datos_bancarios datos_de_su_tarjeta número_de_cuenta "
        "credenciales fecha_de_nacimiento"
    ),
    "provide": "ingrese_su introduzca_su verifique_sus confirme_sus actualice_sus confirme_su indique_su facilite_su",
    "request": (
        "responda_con envíenos envíe_su envíe_sus dígame denos díganos facilítenos mándenos mande_su responde_con comparta_su "
        "necesitamos_su envíame"
    ),
    "key": "número_de_tarjeta cvv clave contraseña pin código_que_ha el_código_que código_que claves número_secreto",
    "proof": "foto_de_su_dni foto_de_tu_dni copia_de_su_dni número_de_pasaporte selfie_con",
    "birth": "fecha_de_nacimiento",
    "purse": "su_iban número_de_cuenta datos_bancarios cuenta_bancaria",
    "pretext": (
        "devolución reembolso premio pago bono desbloque* reactiv* suspendid* bloquead* paquete para_recibir verificación"
    ),
    "never_asked": "nunca_le_pediremos nunca_pedimos nunca_te_pediremos jamás_le_pediremos no_le_pediremos nunca_pediremos",
    "in_person": "en_ventanilla recepción alquiler oficina pizza entradas formulario contrato te_hago",
    "hand_over": "me_lo_puedes_reenviar reenviar me_lo_mandas mándame envíame me_envías pásame dime_el dígame reenvíame",
    "code_sent": "por_error 6_dígitos seis_dígitos de_6_dígitos ha_recibido acabas_de por_sms a_tu_móvil que_te_llegó",
    "parent": "mamá papá mami papi abuela abuelo yaya",
    "new_number": (
        "número_nuevo cayó_el_celular cayó_al_agua cayó_el_móvil celular_al_agua robaron_el_celular robaron_el_móvil "
        "este_es_mi_número_nuevo nuevo_número cambiado_de_número roto_el_móvil móvil_roto se_me_rompió nuevo_móvil "
        "perdido_el_móvil nuevo_teléfono rompió_el_celular cambié_de_número nuevo_celular"
    ),
    "order": "compra cargo pago transferencia transacción pedido operación cobro",
    "dispute": "cancelar cancelarla anular no_la_reconoce no_reconoce no_ha_sido atención_al_cliente no_autorizó si_no_la",
    "not_you": "no_ha_sido_usted no_fue_usted no_has_sido no_fuiste no_eres_tú no_la_reconoce si_no_fue",
    # codes
    "code": "código clave otp un_solo_uso contraseña_temporal codigo pin",
    "strong_code": (
        "código_de_verificación código_de_seguridad código_de_acceso un_solo_uso código_de_activación contraseña_temporal "
        "clave_sms código_de_confirmación otp código_de_inicio"
    ),
    "type_in": "introduce introduzca usa use utilice ingrese ingresa",
    "code_use": (
        "es_tu es_su su_código tu_código caduca válido para_firmar iniciar_sesión confirmar restablecer validar autorizar "
        "minutos registro activación introduce introduzca código_de_verificación código_de_seguridad usa acceso"
    ),
    "keep": "con_nadie no_lo_comparta no_lo_compartas no_comparta no_compartas nadie nunca no_lo_facilite ignore ignora",
    "other_code": (
        "código_promocional código_postal código_de_recogida código_de_la_puerta puerta wifi código_de_barras descuento cupón "
        "portal código_qr código_de_descuento"
    ),
    # lures
    "loan": (
        "financiamiento financiación adelanto_de_efectivo préstamo préstamos crédito créditos minicrédito* dinero_rápido "
        "microcrédito* necesitas_dinero hipoteca"
    ),
    "approved": (
        "aunque_estés mismo_día depósito_el_mismo en_24_horas sin_aval sin_requisitos sin_nómina aprobado aprobada "
        "respuesta_inmediata sin_preguntas asnef entre_particulares minutos sin_papeleo inmediato rápido al_instante "
        "garantizado preaprobado buró sin_buró preconcedido"
    ),
    "rate": "interés intereses interés_bajo",
    "debt": "deudas deuda asnef",
    "relief": "reunificamos reunificar reunificación cancelamos_tus liquidar eliminar_tus refinanciar",
    "prize": (
        "pantalla aspiradora freidora taladro patinete bicicleta cafetera despensa iphone premio premios tarjeta_regalo viaje "
        "lotería sorteo regalo jackpot smart_tv vale cheque samsung galaxy smartphone crucero cheque_regalo"
    ),
    "won": (
        "gane gana ha_sido_elegido afortunado_ganador premia_a regala gratis sorteado ganado ganador ganadora felicidades "
        "enhorabuena felicitaciones seleccionado seleccionada premiado premiada afortunado elegido agraciado ganaste"
    ),
    "lucky_talk": "su_número_ha nuestro_sorteo tu_premio su_premio premiado agraciado",
    "claim": (
        "encuesta solo_pague pague_el_envío solo_paga paga_el_envío solo_los_gastos reclame reclámelo reclamar recoger recibir "
        "recibirlo cobrar para_recibir canjear retirar obtener"
    ),
    "now": (
        "hoy ahora ya urgente inmediato inmediatamente 24_horas 24h 48_horas último_aviso última_oportunidad hoy_mismo "
        "de_inmediato en_24"
    ),
    "sums": "mil millón millones",
    "money": "euros euro dólares pesos soles millones_de_dólares millones_de_euros mil_euros",
    # offers
    "invest": (
        "robot_de_trading señales plataforma_de_trading invierte invierta invertir inversión inversiones bitcoin criptomonedas "
        "cripto trader trading pon"
    ),
    "gain": (
        "semanal_garantizado garantizados retorno rentabilidad beneficio beneficios ganancias ganancia garantizada garantizado "
        "sin_riesgo duplica duplique triplica seguras"
    ),
    "multiply": "duplica duplique triplica convertí multiplica multiplicar",
    "earn": "ingresos gane_dinero gana_dinero ganancia_diaria gana gane ganar ganas ingreso_extra ingresos_extra cobra",
    "homework": (
        "con/desde_su/tu/el_celular/móvil/teléfono horario_libre horario_flexible su_currículum tu_currículum calificar_hoteles "
        "desde_casa sin_experiencia tareas_sencillas tareas desde_tu_móvil desde_el_móvil con_tu_teléfono con_tu_móvil me_gusta "
        "trabajo_desde teletrabajo_sin"
    ),
    "period": "semanas 2_semanas al_mes al_día por_día mensuales diarios diario semana semanales en_7_días días mes",
    "often": "al_día al_mes diarios diario por_día mensuales semanales por_semana",
    "scheme": (
        "propio_jefe mi_equipo libertad_financiera persona_que_traigas telar_de telar pirámide ingresos_pasivos red_de_mercadeo "
        "traer_a_dos multinivel"
    ),
    "forward": "reenvía_este envía_este manda_este comparte_este reenvíe_este pasa_este reenvía_esto copia_y_pega",
    "crowd": "amigos contactos personas grupos conocidos",
    "fate": "suerte mala_suerte maldición eliminada morirás milagro deseo desgracia",
    "estate": "viuda herencia heredero difunto ministro millones_de_dólares millones_de_euros fallecido",
    "sharing": "confidencial transferirle transferir porcentaje su_ayuda compartir",
    "sure_bet": "apuesta_segura partido_amañado partidos_amañados números_ganadores pronóstico_seguro",
    "fake": (
        "título_universitario compra_tu_título cédula_profesional ozempic esteroides billetes_clonados tarjetas_clonadas viagra "
        "cialis sin_receta carnet_de_conducir_sin sin_examen billetes_falsos documentos_falsos título_sin adelgaza quemagrasa "
        "réplica réplicas licencia_sin"
    ),
    "act": "llame llama haz_clic apúntate únete escribe envía solicite envíe contacte regístrate inscríbete haga_clic escríbeme",
    "press": "pulse_1 pulse_el marque_1 pulse",
    "bail": "fianza",
    # the innocent
    "visit_kind": (
        "cita dr dra doctor doctora médico clínica dental dentista taller peluquería vacuna consulta reserva centro_médico "
        "veterinario"
    ),
    "reminder": "recordatorio confirmar cancelar martes lunes miércoles jueves viernes mañana listo lista recoger",
    "school": "colegio escuela padres alumnos clase excursión guardería profesor profesora",
    "closure": "cerrado cerrada nieve vacaciones excursión cancela cancelada suspendida",
    "arrival": (
        "será_entregado entregado_hoy llega_hoy listo_para_recoger código_de_recogida en_reparto ha_sido_entregado seguimiento "
        "está_listo entre_las"
    ),
    "firm": "abogado abogada despacho notaría gestoría bufete",
    "own_channel": (
        "en_la_app desde_la_app su_oficina nunca_le_pediremos nunca_pedimos no_tiene_que_hacer si_fue_usted no_pinchéis "
        "no_pinche la_app"
    ),
}

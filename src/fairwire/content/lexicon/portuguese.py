"""Portuguese, of Portugal and Brazil: its small words, and the words and phrases of each concept. Form as in `languages`."""

from __future__ import annotations

SMALL = (
    "eu tu você vocês ele ela nós eles elas o a os as um uma uns umas de do da dos das em no na nos nas com sem por para "
    "pelo pela entre até desde sobre e ou mas não nem sim que quem quando onde como porque se é são está estão estou és sou "
    "foi era ser estar tem tens tenho pode podes posso deve faz fazer vai vais vou vamos este esta estes estas esse essa "
    "isso isto meu minha meus minhas teu tua teus tuas seu sua seus suas nosso nossa me te lhe muito mais menos já aqui aí "
    "hoje amanhã ontem agora sempre nunca também tudo todos toda todas nada algo outra outro bem obrigado obrigada olá oi "
    "bom boa dia tarde noite favor senhor senhora caro cara caros cliente pra pro vc vcs tb há às ao à pois partir horas "
    "pão mesa"
)
CONCEPTS: dict[str, str] = {
    # who, when, whether
    "not": "não nunca jamais ninguém nem",
    "you": "tu te ti teu tua teus tuas você vocês seu sua",
    "thee": "te ti tu você vocês",
    "kin": "tua/sua/seus/teus/teu/seu_família/mãe/pai/filhos/filho/filha/mulher/marido/irmão/irmã/pais/esposa",
    "yours": "tua/sua_casa teu/seu_carro",
    "future": "vou vamos quero",
    "orelse": "senão se_não ou_publico caso_contrário ou_envio ou_terás",
    "laugh": (
        "morto/mortos/morta_de_sono/cansaço/fome/frio/medo kkk kkkk rsrs haha piada brincadeira xadrez futebol jogo "
        "morto_de_sono de_rir"
    ),
    "fiction": "filme série livro romance música episódio podcast documentário novela",
    "report": (
        "segundo jornal notícias polícia_alerta alertam prendeu condenado testemunhas museu palestra sms_falso sms_falsos "
        "falsos_agentes cuidado_com passem_a_palavra burla golpe burlas"
    ),
    "blasting": "desativada simulacro demolição fogo_de_artifício",
    # threat
    "harm": "mato matarei",
    "killing": "matar degolar esfaquear queimar violar estrangular rebentar",
    "suffers": "morrer sofrer morto morta sangrar",
    "hurtverb": "partir partir-te quebrar rebentar arrancar",
    "body": "pernas perna cara dentes ossos braços pescoço boca joelhos",
    "harm_you": "partir-te_as partir-te_a quebrar_as_tuas quebrar_suas",
    "stalk": (
        "que_escola_anda qual_escola_vai à_tua_porta na_porta_da_sua sei_onde_você sei_onde_moras sei_onde_vives sabemos_onde "
        "sei_onde_trabalhas sei_onde_seus sei_onde_os_teus"
    ),
    "find_you": "vou_te_encontrar vou_atrás_de_ti vamos_te_achar vou_te_achar",
    "doom": (
        "estás_morta esfaquear-te vou_esfaquear-te tiro_na_cabeça levas_um_tiro leva_um_tiro te_dar_um_tiro vai_acontecer_algo "
        "parto-te_a te_quebro_a vou_te_arrebentar vos_mato mato_todos vou/vamos_matar-te vou/vamos_matar_você/vocês "
        "vou/vamos_te_quebrar/arrebentar vou_partir-te_as/a/os te_mato mato-te vais_morrer você_vai_morrer vão_morrer_todos "
        "dias_estão_contados estás_morto você_está_morto vais_te_arrepender vai_se_arrepender queimar_a_tua_casa "
        "queimar_sua_casa"
    ),
    "silence": "à_polícia com_a_polícia",
    "leak": (
        "na_internet pomos_as_tuas publico publicar envio_as_tuas todos_os_teus_contactos teus_contactos seus_contatos divulgo"
    ),
    "intimate": "fotos_nua fotos_nu tuas_fotos vídeo_íntimo fotos_íntimas seus_nudes seu_vídeo",
    "ransom": "não_pagares/pagar/paga/pagas/pagarem bitcoin btc pagares pague paga pagar dinheiro resgate pix",
    "bomb": "bomba bombas explosivo explosivos atentado tiroteio",
    "place": "escola colégio estação aeroporto câmara hospital igreja mesquita sinagoga universidade estádio tribunal metro",
    # adult
    "explicit": (
        "porno* pornô puta putas foder fodendo safada safadas boquete show_privado mulheres_quentes meninas_nuas "
        "garotas_quentes sexo_ao_vivo garota_de_programa prostituta* fotos_nua fotos_nuas"
    ),
    "sexual": "sexo nua nuas nu erótic* sensual* webcam quentes escort* final_feliz acompanhante* safadas",
    "company": (
        "mulher_madura senhora_madura estudante_carinhosa moça_carinhosa meninas_na mulheres_quentes meninas_nuas "
        "garotas_quentes solteiras mulheres_sós garota_22 mulheres_perto"
    ),
    "paid_company": (
        "acompanhante* massagem_erótica massagens_eróticas final_feliz sugar_daddy sugar_baby garota_de_programa prostituta*"
    ),
    "on_cam": "webcam na_cam",
    "by_the_hour": "a_hora à_hora meia_hora a_noite por_noite rosas por_minuto",
    "bare": "nua nuas sexo",
    "tempting": "quentes safadas sozinhas",
    "available": (
        "recebe_em disponível_hoje na_tua_cidade na_sua_cidade vai_ao_hotel ao_hotel inscrição_grátis perto_de_ti perto_de_você "
        "esperam_por_ti hoje_à_noite ao_vivo domicílio hotel querem_sexo"
    ),
    "sexhealth": "contraceção contracepção anticoncep* saúde_sexual educação_sexual ginecolog* centro_de_saúde assédio_sexual",
    # authority
    "state": (
        "esquadra delegacia polícia_federal cobrança_judicial polícia polícia_judiciária gnr psp tribunal finanças "
        "autoridade_tributária alfândega interpol europol ministério segurança_social receita_federal procuradoria justiça "
        "solicitador detran inss"
    ),
    "menace": (
        "contém_droga contém_drogas fraude_fiscal investigado mandado_de_detenção mandado_de_prisão detenção penhora "
        "lavagem_de_dinheiro prisão queixa intimação processo_criminal fiança execução_fiscal"
    ),
    "peril": (
        "sendo_investigado preciso_da_fiança em_seu_nome_usadas contas_em_seu_nome um_estafeta um_motoboy contra_si contra_você "
        "em_seu_nome será_preso será_detido antes_da_penhora evitar_a_penhora evitar_a_prisão sua_prisão"
    ),
    "identity_no": "identidade nif cpf seu_nome passaporte cartão_de_cidadão",
    "void": "suspenso suspensa bloqueado bloqueada usada usado utilizada clonada",
    "demand": (
        "um_estafeta um_motoboy prima_1 digite_1 ligue_de_imediato ligue_já ligue_imediatamente pague_hoje responda_em "
        "ligue_agora de_imediato"
    ),
    "speaks_for": "ligo_do ligo_da falo_da falo_do em_nome_de em_nome_da sou_da sou_do aqui_é_da aqui_é_do da_parte_de somos_da",
    "bank": "central_antifraude banco seu_banco departamento_de_segurança caixa central_de_segurança",
    "utility": "luz eletricidade edp gás energia enel",
    "cutoff": "cortada cortaremos corte suspensão_do_fornecimento",
    # phishing
    "account": (
        "conta contas cartão subscrição assinatura senha palavra-passe perfil homebanking internet_banking chave_móvel dados "
        "acesso banco"
    ),
    "problem": (
        "vence expira_hoje será_cancelad* cancelad* recusado anomalia bloqueio será_encerrada bloquead* suspens* limitad* "
        "desativad* expira expirou falha recusad* não_autorizado acesso_não_autorizado suspeit* invadid* cancelada clonad* "
        "irregular* novo_dispositivo encerrada vencid*"
    ),
    "ask": (
        "reativação pagar complete regularize renove sincronize confirme confirma confirmar verifique verifica atualize "
        "atualiza clique clica aceda acesse peça desbloqueie reative pague valide insira solicite evite"
    ),
    "parcel": "encomenda encomendas entrega envio pacote transportadora objeto",
    "fee": (
        "número_da_porta falta_o_número número_da_casa taxa taxas taxa_alfandegária alfândega alfandegária endereço_incompleto "
        "morada_incompleta atualize_o_endereço desalfandegamento portes despesas"
    ),
    "missed": (
        "parada_na na_alfândega está_parado está_parada parado parada não_realizada entrega_não_realizada não_entregue retida "
        "está_retida tentativa_de_entrega não_foi_possível devolvida"
    ),
    "toll": "portagem portagens pedágio multa multas coima coimas",
    "unpaid": "em_dívida por_pagar não_paga pendente último_aviso atraso débito vencida coima",
    "refund": "reembolso reembolsos restituição indenização indemnização auxílio",
    "secret": "número_do_cartão senha palavra-passe pin cvv dados_bancários código_secreto credenciais data_de_nascimento",
    "provide": "confirme_os insira_a insira_os confirme_a atualize_os digite_sua",
    "request": "responda_com envie-nos envie_o envie_sua diga-me nos_envie informe_sua me_diga mande-nos me_passe informe_o",
    "key": "número_do_cartão senha cvv pin código_que o_código_que código_secreto palavra-passe número_de_cartão",
    "proof": "foto_do_documento foto_do_cartão cópia_do_documento selfie_com cpf",
    "birth": "data_de_nascimento",
    "purse": "seu_iban dados_bancários conta_bancária chave_pix",
    "pretext": "reembolso prémio prêmio bónus bônus desbloque* reativ* suspens* bloquead* encomenda para_receber verificação",
    "never_asked": "nunca_pedimos nunca_pede nunca_pediremos nunca_solicitamos não_pedimos",
    "in_person": "ao_balcão receção aluguel renda escritório pizza bilhetes formulário contrato",
    "hand_over": "mandar-me me_manda manda-me envia-me me_envia me_passa diga-me podes_mandar-me reenviar",
    "code_sent": "por_engano 6_dígitos seis_dígitos de_6_dígitos recebeu_por que_recebeu por_sms no_teu",
    "parent": "mãe pai mamãe papai avó avô vó vô mamã papá",
    "new_number": (
        "telemóvel_caiu celular_caiu caiu_na_água este_número_novo roubaram_o_celular novo_número número_novo troquei_de_número "
        "mudei_de_número telemóvel_partiu celular_quebrou partiu_o_telemóvel novo_telemóvel novo_celular perdi_o_telemóvel "
        "perdi_o_celular troquei_de_celular telemóvel_avariou"
    ),
    "order": "compra pagamento transferência transação pedido cobrança débito",
    "dispute": "cancelar não_reconhece contestar apoio_ao_cliente não_foi_você anular",
    "not_you": "não_foi_você não_foste_tu não_reconhece não_foi_o_senhor não_foi_si",
    # codes
    "code": "código otp senha_temporária uso_único pin",
    "strong_code": (
        "código_de_verificação código_de_segurança senha_temporária código_de_acesso código_de_confirmação código_de_ativação "
        "otp uso_único"
    ),
    "type_in": "use insira introduza digite utilize",
    "code_use": (
        "é_o_seu é_o_teu o_seu_código seu_código expira válido autorizar confirmar entrar registo cadastro use insira minutos "
        "verificação temporária"
    ),
    "keep": "com_ninguém não_partilhe não_compartilhe ninguém nunca ignore",
    "other_code": (
        "código_promocional código_postal código_da_porta porta wifi código_de_barras desconto cupom código_de_desconto portão"
    ),
    # lures
    "loan": (
        "financiamento financiamentos empréstimo_pessoal empréstimo empréstimos crédito créditos precisa_de_dinheiro consignado"
    ),
    "approved": (
        "nome_sujo mesmo_dia no_mesmo_dia em_24_horas mesmo_com aprovado aprovada sem_consulta negativado negativados minutos "
        "imediato rápido na_hora sem_burocracia garantido entre_particulares pré-aprovado"
    ),
    "rate": "juros taxa_de_juros",
    "debt": "dívidas dívida nome_sujo",
    "relief": "limpe_seu limpar_nome renegocie consolidação quitar",
    "prize": (
        "aspirador fritadeira furadeira bicicleta foi_sorteado iphone prémio prêmio vale lotaria loteria sorteio viagem "
        "oferta_de cartão_presente jackpot smart_tv presente vale-presente"
    ),
    "won": (
        "ganhe ganha foi_escolhido feliz_vencedor grátis premiado ganhou ganhaste vencedor vencedora parabéns selecionado "
        "selecionada sorteado sorteada contemplado escolhido"
    ),
    "lucky_talk": "seu_número_foi teu_número_foi seu_prêmio seu_prémio foi_sorteado",
    "claim": (
        "inquérito pesquisa só_pague pague_só pague_o_frete resgate resgatar levantar receber para_receber reclame retirar "
        "recolher"
    ),
    "now": "hoje já agora urgente imediatamente 24_horas 48_horas último_aviso última_oportunidade de_imediato",
    "sums": "mil milhão milhões",
    "money": "euros euro reais dólares milhões_de_dólares milhões_de_euros milhões_de_reais mil_euros mil_reais",
    # offers
    "invest": "invista investe investir investimento bitcoin criptomoedas cripto trader trading",
    "gain": "por_semana_garantido rentabilidade lucro lucros ganhos garantida garantido garantidos sem_risco duplique dobre",
    "multiply": "duplique dobre triplique transformei multiplique",
    "earn": "ganhe ganha ganhar renda_extra rendimento_extra dinheiro_fácil",
    "homework": (
        "com/pelo/no_o/seu/teu_celular/telemóvel com_o_celular com_o_telemóvel horário_livre horário_flexível seu_currículo "
        "a_partir_de_casa de_casa em_casa sem_experiência curta_vídeos curtir_vídeos tarefas_simples pelo_celular "
        "pelo_telemóvel"
    ),
    "period": "semanas por_mês por_dia por_semana dias mensais",
    "often": "por_dia por_mês por_semana mensais",
    "scheme": "próprio_patrão próprio_chefe minha_equipa minha_equipe liberdade_financeira pirâmide renda_passiva multinível",
    "forward": "reencaminha_esta envia_esta manda_esta partilha_esta compartilhe_esta encaminhe_esta repasse_esta",
    "crowd": "amigos contactos contatos pessoas grupos",
    "fate": "azar sorte maldição eliminada morrerás desejo",
    "estate": "viúva herança herdeiro falecido ministro milhões_de_dólares milhões_de_euros",
    "sharing": "confidencial transferir-lhe transferir percentagem porcentagem",
    "sure_bet": "aposta_certa jogo_viciado jogos_viciados números_vencedores",
    "fake": (
        "compre_o_seu_diploma diploma_sem ozempic viagra cialis sem_receita carta_de_condução_sem cnh_sem sem_exame "
        "notas_falsas documentos_falsos réplica emagrecer"
    ),
    "act": "ligue liga clica clique inscreva-se escreve envia envie contacte cadastre-se chame peça",
    "press": "prima_1 digite_1 prima",
    "bail": "fiança",
    # the innocent
    "visit_kind": "consulta dr dra médico dentista clínica oficina vacina cabeleireiro marcação agendamento exame",
    "reminder": "lembrete confirmar terça segunda quarta quinta sexta amanhã pronto levantar",
    "school": "escola pais alunos turma creche professora visita_de_estudo",
    "closure": "fechada fechado neve férias cancelada greve",
    "arrival": "chega_hoje saiu_para_entrega foi_entregue pronta_para entre_as siga",
    "firm": "advogado advogada escritório_de notário",
    "own_channel": "na_app no_aplicativo nunca_pedimos não_precisa_fazer se_foi_você não_cliquem não_clique agência",
}

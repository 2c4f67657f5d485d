package wapay

// networkPlan has the number blocks of a country's mobile networks. Leading has
// the form of [phoneRange].
type networkPlan struct {
	country  string
	portable bool // a number may have gone to another network with its holder
	networks []networkBlocks
}

type networkBlocks struct{ name, leading string }

// networkPlans follows the carrier data of libphonenumber 9.0.32, which is made
// from the regulators' plans. Networks have the names under which they sell
// today, such as Moov for Onatel and Malitel. internal/phonecheck compares the
// two. A country is portable if libphonenumber or its regulator says so (in CI,
// SN and TG the regulator).
var networkPlans = [...]networkPlan{
	{"BJ", true, []networkBlocks{
		{"Celtiis", "0128 0140-0141 0143-0144 0147-0149 0192-0193"},
		{"MTN", "0142 0146 0150-0154 0156-0157 0159 0161-0162 0166-0167 0169 0190-0191 0196-0197"},
		{"Moov", "0145 0155 0158 0160 0163-0165 0168 0194-0195 0198-0199"},
	}},
	{"BF", false, []networkBlocks{
		{"Moov", "01-03 50-53 60-63 70-73"},
		{"Orange", "04-07 44-46 54-57 64-67 74-77"},
		{"Telecel", "58 68-69 78-79"},
	}},
	{"CV", false, []networkBlocks{
		{"CVMOVEL", "36 58-59 95 97-99"},
		{"T+", "51-53 91-93"},
	}},
	{"CI", true, []networkBlocks{
		{"Moov", "01"},
		{"MTN", "05"},
		{"Orange", "07"},
	}},
	{"GM", false, []networkBlocks{
		{"Africell", "2 40-41 45 7"},
		{"QCell", "3 50-54 556 58-59"},
		{"Comium", "6 84-87"},
		{"Gamcel", "9"},
	}},
	{"GH", true, []networkBlocks{
		{"Telecel", "20 50"},
		{"airteltiGO", "23 26-27 56-57"},
		{"MTN", "24 256-257 53-55 591-599"},
		{"Expresso", "28"},
		{"National Security", "29"},
	}},
	{"GN", false, []networkBlocks{
		{"Sotelgui", "60"},
		{"Orange", "61-62"},
		{"Intercel", "63"},
		{"Cellcom", "65"},
		{"MTN", "66"},
	}},
	{"GW", false, []networkBlocks{
		{"Orange", "95"},
		{"Spacetel", "965-966 969"},
		{"Guinetel", "977"},
	}},
	{"LR", false, []networkBlocks{
		{"Liberia Telecom", "0220 220"},
		{"West Africa Telecom", "330"},
		{"Connect", "4240"},
		{"MTN", "555 88"},
		{"Orange", "760-761 77"},
	}},
	{"ML", false, []networkBlocks{
		{"Orange", "2001 7 82-85 90-94"},
		{"Moov", "2079 217 6 89 95-99"},
		{"Telecel", "50-53"},
	}},
	{"NE", false, []networkBlocks{
		{"Zamani", "23 70 80-82 90-92"},
		{"Moov", "74 84-85 94-95"},
		{"Airtel", "77 86-89 96-99"},
		{"Niger Telecoms", "83 93"},
	}},
	{"NG", true, []networkBlocks{
		{"Airtel", "701 708 802 808 812 901-902 904 907 911-912"},
		{"Smile", "7020"},
		{"Ntel", "7021-7022 804"},
		{"Prestel", "7024"},
		{"MTN", "7025-7026 703-704 706-707 803 806 810 813-814 816 903 906 913 916"},
		{"Multilinks", "7027 709"},
		{"Starcomms", "7028-7029 8190-8191"},
		{"Glo", "705 805 807 811 815 905 915"},
		{"MAFAB", "801"},
		{"9mobile", "809 817-818 908-909"},
	}},
	{"SN", true, []networkBlocks{
		{"Expresso", "70"},
		{"Orange", "71 77-78"},
		{"HAYO", "721"},
		{"Promobile", "75"},
		{"Free", "76"},
		{"ADIE", "790"},
	}},
	{"SL", false, []networkBlocks{
		{"Sierratel", "25"},
		{"Africell", "30 33 70 77 80 88 90 99"},
		{"QCell", "31-32 34"},
		{"IPTEL", "35"},
		{"Onlime", "66"},
		{"Orange", "71-76 78-79"},
	}},
	{"TG", true, []networkBlocks{
		{"Togocom", "70-72 90-93"},
		{"Moov", "78-79 96-99"},
	}},
	{"MR", false, []networkBlocks{
		{"Chinguitel", "20-24 26-29"},
		{"Mattel", "30-34 36-39"},
		{"Moov", "40-44 46-49"},
	}},
	{"CM", true, []networkBlocks{
		{"Camtel", "242-243 62"},
		{"Orange", "640-641 655-659 686-699"},
		{"MTN", "650-654 670-683"},
		{"Nexttel", "66 684-685"},
	}},
	{"TD", false, []networkBlocks{
		{"Moov", "30-31 9"},
		{"Airtel", "6 85-87"},
		{"Sotel", "77"},
	}},
	{"CD", false, []networkBlocks{
		{"Orange", "80 84-85 89"},
		{"Vodacom", "81-83 86"},
		{"Africell", "90-91"},
		{"Airtel", "96-99"},
	}},
}

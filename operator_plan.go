package wapay

// networkPlan has the number blocks of a country's mobile networks.
type networkPlan struct {
	country string
	// portable: holders may take their numbers to another network, or have a
	// legal right to it.
	portable bool
	networks []networkBlocks
}

// networkBlocks has the blocks of one network, in the form of
// [phoneRange.leading]: those of the regulator's plan, which win, and those of
// libphonenumber's carrier data.
type networkBlocks struct{ name, plan, carrier string }

// networkPlans follows the plans that the regulators announced or sent to the
// ITU, as far as they could be read. Other blocks follow the carrier data of
// libphonenumber 9.0.32. A block is left out if the two give it to different
// networks. docs/providers/operators.md has each source with its date.
// internal/phonecheck lists each difference. The names are the networks' brands
// of today, such as Moov for Onatel and Sotelma.
var networkPlans = [...]networkPlan{
	{"BJ", true, []networkBlocks{
		{"Celtiis", "", "0128 0140-0141 0143-0144 0147-0149 0192-0193"},
		{"MTN", "", "0142 0146 0150-0154 0156-0157 0159 0161-0162 0166-0167 0169 0190-0191 0196-0197"},
		{"Moov", "", "0145 0155 0158 0160 0163-0165 0168 0194-0195 0198-0199"},
	}},
	{"BF", false, []networkBlocks{
		{"Moov", "51-52 60-63 70-73", "01-03 50 53"},
		{"Orange", "54-57 64-67 74-77", "04-07 44-46"},
		{"Telecel", "58 68-69 78-79", ""},
	}},
	{"CV", false, []networkBlocks{
		{"CVMOVEL", "59", "36 58 95 97-98 990 992-999"},
		{"T+", "", "51-53 91-93"},
	}},
	{"CI", true, []networkBlocks{
		{"Moov", "01", ""},
		{"MTN", "05", ""},
		{"Orange", "07", ""},
	}},
	{"GM", false, []networkBlocks{
		{"Africell", "2 7", ""},
		{"QCell", "3 50-51", "52-54 556 58-59"},
		{"Comium", "6", ""},
		{"Gamcel", "9", ""},
	}},
	{"GH", true, []networkBlocks{
		{"Telecel", "50", "20"},
		{"airteltiGO", "560-561 57", "23 26-27 56"},
		{"MTN", "54 553-558", "24 256-257 53 55 591-599"},
		{"Expresso", "", "28"},
		{"National Security", "", "29"},
	}},
	{"GN", false, []networkBlocks{
		{"Sotelgui", "601", "60"},
		{"Orange", "621-622 628", "61-62"},
		{"Intercel", "", "630 632-639"},
		{"Cellcom", "655 657", "65"},
		{"MTN", "662 664 666 669", "66"},
	}},
	{"GW", false, []networkBlocks{
		{"Orange", "95", ""},
		{"Spacetel", "965-966 969", ""},
		{"Guinetel", "977", ""},
	}},
	{"LR", false, []networkBlocks{
		{"Liberia Telecom", "", "0220 220"},
		{"West Africa Telecom", "330", ""},
		{"Connect", "", "4240"},
		{"MTN", "880-881 886 888", "88"},
		{"Orange", "770 775-779", "760-761 77"},
	}},
	{"ML", false, []networkBlocks{
		{"Orange", "7 82-83 90-94", "2001 84-85"},
		{"Moov", "2079 217 6 89 95-99", ""},
		{"Telecel", "50", "51-53"},
	}},
	{"NE", false, []networkBlocks{
		{"Zamani", "23 70 80-82 90-92", ""},
		{"Moov", "74 84-85 94-95", ""},
		{"Airtel", "86-89 96-99", "77"},
		{"Niger Telecoms", "83 93", ""},
	}},
	{"NG", true, []networkBlocks{
		{"Airtel", "701 708 802 808 812 901-902 904 907 911-912", ""},
		{"Smile", "7020", ""},
		{"Ntel", "", "7021"},
		{"Prestel", "", "7024"},
		{"MTN", "7026 703 7040-7046 706 803 806 810 813-814 816 903 906 913 916", "7025 704 707"},
		{"Multilinks", "", "709"},
		{"Starcomms", "", "7028-7029 8190-8191"},
		{"Glo", "705 805 807 811 815 905 915", ""},
		{"MAFAB", "801", ""},
		{"9mobile", "809 817-818 908-909", ""},
	}},
	{"SN", true, []networkBlocks{
		{"Expresso", "70", ""},
		{"Orange", "77-78", "71"},
		{"HAYO", "7211", "721"},
		{"Promobile", "754-756", "750-753 758-759"},
		{"Free", "76", ""},
		{"ADIE", "790", ""},
	}},
	{"SL", false, []networkBlocks{
		{"Sierratel", "25", ""},
		{"Africell", "30 77 88", "70 80 90 99"},
		{"QCell", "31-32 34", ""},
		{"IPTEL", "35", ""},
		{"Onlime", "66", ""},
		{"Orange", "72-76 78-79", "71"},
	}},
	{"TG", true, []networkBlocks{
		{"Togocom", "700-705 90-93", "70-72"},
		{"Moov", "793-799 96-99", "78-79"},
	}},
	{"MR", false, []networkBlocks{
		{"Chinguitel", "20-24 26-29", ""},
		{"Mattel", "30-34 36-39", ""},
		{"Moov", "40-44 46-49", ""},
	}},
	{"CM", true, []networkBlocks{
		{"Camtel", "", "242-243 62"},
		{"Orange", "655-659 69", "640-641 686-689"},
		{"MTN", "650-654 67", "680-683"},
		{"Nexttel", "66", "684-685"},
	}},
	{"TD", true, []networkBlocks{
		{"Moov", "9", "30-31"},
		{"Airtel", "6", "85-87"},
		{"Sotel", "77", ""},
	}},
	{"CD", true, []networkBlocks{
		{"Orange", "84", "85"},
		{"Vodacom", "81-82", "83 86"},
		{"Africell", "", "90-91"},
		{"Airtel", "97-99", "96"},
	}},
}

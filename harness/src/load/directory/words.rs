//! The words that people, sites and groups are named with.

/// Given names from many countries, in plain letters.
#[rustfmt::skip]
pub(super) const GIVEN_NAMES: &[&str] = &[
    "Aaliyah", "Abel", "Ada", "Adrian", "Agnes", "Ahmed", "Aiko", "Alba", "Aleksandra", "Alice", "Amara",
    "Amir", "Ana", "Anders", "Anika", "Antonio", "Arjun", "Astrid", "Ayse", "Beatriz", "Benjamin", "Bianca",
    "Boris", "Bruno", "Camila", "Carlos", "Cecilia", "Chen", "Chiara", "Clara", "Daniel", "Daria", "David",
    "Diego", "Dina", "Eduardo", "Elena", "Eli", "Emeka", "Emma", "Enzo", "Erik", "Esther", "Fatima", "Felix",
    "Femke", "Filip", "Fiona", "Gabriel", "Giulia", "Grace", "Hana", "Hannah", "Hassan", "Helena", "Hiro",
    "Hugo", "Ida", "Ines", "Ingrid", "Ioana", "Isaac", "Ivan", "Jamal", "Jan", "Jasmin", "Jin", "Joao", "Jonas",
    "Julia", "Kai", "Karim", "Katarina", "Kenji", "Kofi", "Laila", "Lars", "Leonie", "Li", "Lina", "Luca",
    "Lucia", "Magnus", "Malik", "Mara", "Marek", "Maria", "Mateo", "Maya", "Mei", "Mila", "Mohammed", "Nadia",
    "Naomi", "Nia", "Nikolai", "Noah", "Nora", "Olga", "Oliver", "Omar", "Oscar", "Paula", "Pedro", "Petra",
    "Priya", "Rafael", "Ravi", "Rosa", "Ruth", "Samir", "Sara", "Sofia", "Soren", "Tara", "Tomas", "Uma",
    "Vera", "Viktor", "Wei", "Yara", "Yusuf", "Zoe", "Zofia",
];

/// Family names, likewise.
#[rustfmt::skip]
pub(super) const FAMILY_NAMES: &[&str] = &[
    "Abbas", "Adeyemi", "Almeida", "Andersson", "Arslan", "Bakker", "Banerjee", "Bauer", "Becker", "Bianchi",
    "Blanc", "Bondarenko", "Brown", "Carvalho", "Castro", "Chan", "Chaudhry", "Chen", "Costa", "Cruz", "Dahl",
    "Demir", "Diallo", "Dubois", "Eriksen", "Esposito", "Fernandez", "Fischer", "Fofana", "Fujita", "Garcia",
    "Goldberg", "Gomez", "Gruber", "Gupta", "Haas", "Hansen", "Hashimoto", "Hernandez", "Hoang", "Hoffmann",
    "Horvat", "Hussain", "Ibrahim", "Ivanov", "Jansen", "Jensen", "Johnson", "Jovanovic", "Kaya", "Keller",
    "Khan", "Kim", "Kovacs", "Kowalski", "Kumar", "Larsen", "Laurent", "Lee", "Lehmann", "Lindberg", "Lopez",
    "Martin", "Mbeki", "Meyer", "Mehta", "Moreau", "Morales", "Mueller", "Murphy", "Nakamura", "Nguyen",
    "Nielsen", "Novak", "Nowak", "Nunez", "Obi", "Okafor", "Oliveira", "Olsen", "Osman", "Papadopoulos", "Park",
    "Patel", "Pereira", "Petrov", "Popescu", "Pham", "Rahman", "Ramos", "Rao", "Reyes", "Ricci", "Rossi",
    "Saito", "Santos", "Sato", "Schmidt", "Schneider", "Sharma", "Silva", "Singh", "Smith", "Svensson",
    "Suzuki", "Takahashi", "Tanaka", "Tran", "Vargas", "Virtanen", "Volkov", "Wagner", "Walker", "Wang",
    "Weber", "Wong", "Wright", "Yamamoto", "Yilmaz", "Zhang", "Ziegler",
];

/// Where sites and schools are.
#[rustfmt::skip]
pub(super) const CITIES: &[&str] = &[
    "Lisbon", "Utrecht", "Osaka", "Lagos", "Denver", "Warsaw", "Bogota", "Pune", "Tampere", "Lyon", "Perth",
    "Montreal",
];

/// What people work on.
#[rustfmt::skip]
pub(super) const DEPARTMENTS: &[&str] = &[
    "Engineering", "Sales", "Support", "Operations", "Marketing", "Finance", "People", "Product", "Research",
    "Legal",
];

/// What teachers teach.
pub(super) const SUBJECTS: &[&str] = &["Languages", "Mathematics", "Sciences", "Arts", "Sports", "Office"];

/// What pupils are in.
#[rustfmt::skip]
pub(super) const YEARS: &[&str] = &[
    "Year 1", "Year 2", "Year 3", "Year 4", "Year 5", "Year 6", "Year 7", "Year 8", "Year 9", "Year 10",
    "Year 11", "Year 12",
];

/// How senior people are.
pub(super) const LEVELS: &[&str] = &["Associate", "Specialist", "Senior", "Lead", "Manager", "Director"];

/// Letters and digits that are not taken for each other.
pub(super) const TAG_LETTERS: &[u8] = b"abcdefghijkmnpqrstuvwxyz23456789";
/// Of Okta's ids.
pub(super) const OKTA_LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
/// Of passwords.
pub(super) const PASSWORD_LETTERS: &[u8] = b"abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";

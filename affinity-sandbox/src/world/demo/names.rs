//! Names put together from syllables, so that they are nobody's.

const STEMS: [&str; 10] = ["Tes", "Lark", "Fenn", "Quar", "Bryl", "Oss", "Malv", "Vint", "Solm", "Kerr"];
const ENDINGS: [&str; 8] = ["andel", "uka", "ithorn", "owyn", "edale", "ivex", "oran", "umbra"];
const TRADES: [&str; 25] = [
    "Robotics",
    "Health",
    "Analytics",
    "Foods",
    "Energy",
    "Logistics",
    "Security",
    "Genomics",
    "Materials",
    "Software",
    "Payments",
    "Mobility",
    "Optics",
    "Learning",
    "Water",
    "Farms",
    "Audio",
    "Housing",
    "Textiles",
    "Travel",
    "Sensors",
    "Games",
    "Insurance",
    "Batteries",
    "Press",
];

const FIRST: [[&str; 10]; 2] = [
    ["Al", "Be", "Cor", "Da", "El", "Fi", "Ja", "Li", "Mar", "No"],
    ["vio", "rra", "len", "miko", "ndri", "sette", "tavi", "wen", "xia", "zel"],
];
const LAST: [[&str; 10]; 2] = [
    ["Ash", "Birch", "Crane", "Dune", "Elder", "Frost", "Glen", "Heath", "Ivory", "Juniper"],
    ["brook", "craft", "down", "field", "gate", "holm", "keep", "low", "mere", "wright"],
];

/// The name of the nth company and its domain; 2,000 are different.
pub(super) fn company(n: usize) -> (String, String) {
    if n == 1 {
        return ("Bjørnskær Café 東雲".into(), "bjornskaer.example".into());
    }
    let (stem, ending, trade) = (STEMS[n % 10], ENDINGS[n / 10 % 8], TRADES[n / 80 % 25]);
    let domain = format!("{stem}{ending}-{trade}.example").to_lowercase();
    (format!("{stem}{ending} {trade}"), domain)
}

/// First and last name of the nth person; 10,000 are different.
pub(super) fn person(n: usize) -> (String, String) {
    let first = format!("{}{}", FIRST[0][n % 10], FIRST[1][n / 10 % 10]);
    let last = format!("{}{}", LAST[0][n / 100 % 10], LAST[1][n / 1000 % 10]);
    (first, last)
}

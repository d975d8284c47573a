#![allow(missing_docs, unreachable_pub, dead_code)]
#[path = "../../cli/src/conform/admission/mod.rs"]
mod admission;
fn main() {
    let mut args: Vec<String> = std::env::args().skip(1).collect();
    let only = args.iter().position(|a| a == "-c").map(|i| { let v = args[i+1].clone(); args.drain(i..i+2); v });
    let (mut ok, mut bad) = (0, 0);
    for file in &args {
        let text = std::fs::read_to_string(file).unwrap();
        let mut good = 0; let mut all = 0;
        let mut lines = vec![];
        for o in admission::run(&text).unwrap() {
            if let Some(c) = &only { if !o.name.contains(c.as_str()) { continue; } }
            all += 1;
            if o.differences.is_empty() { good += 1; } else {
                lines.push(format!("  FAIL {}\n", o.name) + &o.differences.iter().map(|d| format!("      {}\n", d.chars().take(900).collect::<String>())).collect::<String>());
            }
        }
        println!("{} {good}/{all}", file.rsplit('/').next().unwrap());
        for l in lines { print!("{l}"); }
        ok += good; bad += all - good;
    }
    println!("{ok} passed, {bad} failed");
}

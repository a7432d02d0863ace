//! The table of rights is whole and says what the design says.

use contract::Role;

use super::*;

#[test]
fn every_act_stands_once() {
    let mut acts: Vec<Act> = TABLE.iter().map(|(act, _)| *act).collect();
    acts.sort_unstable();
    let count = acts.len();
    acts.dedup();
    assert_eq!(acts.len(), count);
}

#[test]
fn compliance_and_ops_change_nothing_of_the_desk() {
    let changing = [
        Act::SetReady,
        Act::SetAway,
        Act::AnswerOffers,
        Act::WorkCases,
        Act::LeadCases,
        Act::KeepPromises,
        Act::RegisterContact,
        Act::ChangeFirm,
        Act::ManageUsers,
        Act::EnterClients,
        Act::ChangeSubscriptions,
        Act::MakeClientLinks,
    ];
    for act in changing {
        assert_eq!(scope(Role::Compliance, act), Scope::Never, "{act:?}");
        assert_eq!(scope(Role::Ops, act), Scope::Never, "{act:?}");
    }
}

#[test]
fn ops_admin_and_programs_never_see_unmasked_data() {
    for role in [Role::Ops, Role::Admin, Role::Integration] {
        assert_eq!(scope(role, Act::SeePersonal), Scope::Never, "{role}");
    }
}

#[test]
fn an_agent_goes_no_further_than_his_own_work() {
    for act in [Act::SeeCases, Act::SeeContacts, Act::WorkCases, Act::AnswerOffers, Act::SetReady] {
        assert_eq!(scope(Role::Agent, act), Scope::Own, "{act:?}");
    }
}

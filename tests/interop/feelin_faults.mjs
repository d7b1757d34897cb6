const FAULTS = [];
export function faultOf(found) {
    return FAULTS.find(({ ops, when }) => ops.test(found.op) && when(found))?.name;
}

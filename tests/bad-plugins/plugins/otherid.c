#include "bad.h"

PLUGIN(.id = TEXT("milestones"));

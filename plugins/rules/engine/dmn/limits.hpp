#pragma once

#include <cstddef>

namespace rules::dmn {

// What a model may take. The defaults are far beyond what people draw.
struct Limits {
    std::size_t max_document_bytes = 16U << 20;
    std::size_t max_documents = 64;
    std::size_t max_xml_nodes = 2'000'000;
    std::size_t max_xml_depth = 200;
    std::size_t max_faults = 1'000;           // of one compilation; the rest is not told
    std::size_t max_import_paths = 256;       // instances of models, since each import path has its own
    std::size_t max_requirement_depth = 200;  // decisions that require decisions, and so on
    std::size_t max_type_depth = 64;          // item definitions that refer to item definitions
    std::size_t max_index_bytes = 64U << 20;  // of one decision table's index
};

}  // namespace rules::dmn

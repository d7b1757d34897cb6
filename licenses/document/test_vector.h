#ifndef MORTISE_LICENSE_TEST_VECTOR_H
#define MORTISE_LICENSE_TEST_VECTOR_H

/* A chain that another program signed (OpenSSL's Ed25519 through Python's cryptography, BLAKE2b by hashlib),
 * from the specifications of PASETO and PASERK and docs/en/licences.md. Secret keys: the seeds 00 01 … 1f and
 * 20 … 3f. */

#define VECTOR_ROOT "k4.public.A6EHv_POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg"
#define VECTOR_KID "k4.pid.H2ni_Jjs80_GOq84A_mx0fjYp0Vb7TkKVoh6gn4G8Y4I"

static const char kVectorKeyset[] =
    "v4.public.eyJpc3MiOiJUZW5vbiBMdGQiLCJpYXQiOiIyMDI3LTAxLTAxVDAwOjAwOjAwWiIsImtzX3NlcSI6MSwia2V5cyI6W3"
    "sia2lkIjoiazQucGlkLkgybmlfSmpzODBfR09xODRBX214MGZqWXAwVmI3VGtLVm9oNmduNEc4WTRJIiwicHViIjoiazQucHVibG"
    "ljLktheTY0VUc4eXZDeUxocVUwMDBMeHpZZVVtMExfaExJbDVTOGt5S1diZGMiLCJ1c2UiOlsiY3JsIiwibGljIl0sInN0YXR1cy"
    "I6ImFjdGl2ZSJ9XX1srL_PZJa4CuXjV70CnI9u8zueLBtp104jQNVCHwcPkUW0TDACyl3o-wyEKJc-HAMJ_fEDbeDEsNAQWyKrRc"
    "oD.eyJraWQiOiJrNC5waWQuYUZ5UEpuOEpSMGRwZ2R1ZTZjQlhjcGJhenR1M1R3WlhMblp1eWUwZFhZdHoifQ";

static const char kVectorLicense[] =
    "v4.public.eyJpc3MiOiJUZW5vbiBMdGQiLCJzdWIiOiJDdXN0b21lciBHbWJIIiwiYXVkIjoibW9ydGlzZSIsImp0aSI6IjAxOT"
    "EwMDAwLTAwMDAtNzAwMC04MDAwLTAwMDAwMDAwMDAwMSIsImlhdCI6IjIwMjctMDEtMDJUMDA6MDA6MDBaIiwibmJmIjoiMjAyNy"
    "0wMS0wMlQwMDowMDowMFoiLCJleHAiOiIyMDI4LTAxLTAyVDAwOjAwOjAwWiIsImxpY192ZXIiOjEsImxpY19zZXEiOjEsImxpY1"
    "9tb2RlbCI6InN1YnNjcmlwdGlvbiIsInBsYW4iOiJzdGFuZGFyZCIsInBsdWdpbnMiOnsibWlsZXN0b25lcyI6e30sInJ1bGVzIj"
    "p7ImV4cCI6IjIwMjctMDYtMDFUMDA6MDA6MDBaIiwiZnJvbSI6IjEuMi4wIiwiYmVsb3ciOiIyLjAuMCJ9fSwiZmVhdHVyZXMiOl"
    "siYXVkaXQiLCJzc28iXSwibGltaXRzIjp7InVzZXJzIjo1MCwiYXBpIjp7Im1heCI6MTAwLCJwZXJfdGVuYW50IjoxMCwidGVuYW"
    "50cyI6eyJhY21lIjo0MH19fSwib3ZlcmFnZSI6eyJ1c2VycyI6InNvZnQifSwiZ3JhY2VfcyI6ODY0MDAsIm1haW50X3VudGlsIj"
    "oiMjAyOS0wMS0wMVQwMDowMDowMFoifZD9HL1DWp3z-1LNVHl4LJkOZjzAEyS_uCwmdqX4T9376yeasBYAnX3fYsyD3dbNir0Fob"
    "DgZClR0fJpQB_0ngM.eyJraWQiOiJrNC5waWQuSDJuaV9KanM4MF9HT3E4NEFfbXgwZmpZcDBWYjdUa0tWb2g2Z240RzhZNEkifQ";

/* The ids all zeros, all ones, and the licence's. */
static const char kVectorRevocations[] =
    "v4.public.eyJjcmxfc2VxIjo0LCJpYXQiOiIyMDI3LTAyLTAxVDAwOjAwOjAwWiIsImlzcyI6IlRlbm9uIEx0ZCIsImlkcyI6Ik"
    "FBQUFBQUFBQUFBQUFBQUFBQUFBQUFHUkFBQUFBSEFBZ0FBQUFBQUFBQUhfX19fX19fX19fX19fX19fX19fX18ifV0VpkM-yY2fqP"
    "YT1fCHW9odh6nKXm7AZFx9eMIHI0gx7vABeCTJVYVEoF70VFInNiwxuCyV_MphnEitba32wgc.eyJraWQiOiJrNC5waWQuSDJuaV"
    "9KanM4MF9HT3E4NEFfbXgwZmpZcDBWYjdUa0tWb2g2Z240RzhZNEkifQ";

#endif

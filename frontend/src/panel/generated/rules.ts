/** What a new record may hold, by the server's document: run `python wire_types.py`, edit nothing. */
import type { Rules } from "../record/values";

export const RULES: Record<string, Rules> = {
  "business-listing-inquiries": {
    "businessDescription": {
      "longest": 5000
    },
    "businessName": {
      "required": true,
      "shortest": 1,
      "longest": 200
    },
    "contactName": {
      "required": true,
      "shortest": 2,
      "longest": 200
    },
    "email": {
      "required": true,
      "longest": 254
    },
    "inquiryType": {
      "longest": 100
    },
    "notes": {
      "longest": 20000
    },
    "phone": {
      "longest": 50
    },
    "requirements": {
      "required": true,
      "shortest": 1,
      "longest": 20000
    }
  },
  "businesses": {
    "about": {
      "longest": 20000
    },
    "address": {
      "longest": 500
    },
    "adminId": {
      "required": true
    },
    "catalogPdf": {
      "longest": 2000
    },
    "description": {
      "longest": 5000
    },
    "email": {
      "longest": 254
    },
    "facebook": {
      "longest": 2000
    },
    "gstNumber": {
      "longest": 50
    },
    "instagram": {
      "longest": 2000
    },
    "linkedin": {
      "longest": 2000
    },
    "logo": {
      "longest": 2000
    },
    "name": {
      "required": true,
      "shortest": 2,
      "longest": 200
    },
    "phone": {
      "longest": 50
    },
    "slug": {
      "longest": 200
    },
    "twitter": {
      "longest": 2000
    },
    "website": {
      "longest": 2000,
      "pattern": "^[Hh][Tt][Tt][Pp][Ss]?://"
    }
  },
  "categories": {
    "description": {
      "longest": 5000
    },
    "name": {
      "required": true,
      "shortest": 2,
      "longest": 200
    },
    "slug": {
      "longest": 200
    }
  },
  "inquiries": {
    "email": {
      "required": true,
      "longest": 254
    },
    "message": {
      "required": true,
      "shortest": 1,
      "longest": 20000
    },
    "name": {
      "required": true,
      "shortest": 1,
      "longest": 200
    },
    "phone": {
      "longest": 50
    },
    "productRef": {
      "longest": 64
    },
    "serviceRef": {
      "longest": 64
    }
  },
  "professionals": {
    "aboutMe": {
      "longest": 20000
    },
    "adminId": {
      "required": true
    },
    "banner": {
      "longest": 2000
    },
    "email": {
      "longest": 254
    },
    "facebook": {
      "longest": 2000
    },
    "instagram": {
      "longest": 2000
    },
    "linkedin": {
      "longest": 2000
    },
    "location": {
      "longest": 500
    },
    "name": {
      "required": true,
      "shortest": 2,
      "longest": 200
    },
    "phone": {
      "longest": 50
    },
    "professionName": {
      "longest": 200
    },
    "professionalHeadline": {
      "longest": 500
    },
    "profilePicture": {
      "longest": 2000
    },
    "resume": {
      "longest": 2000
    },
    "slug": {
      "longest": 200
    },
    "twitter": {
      "longest": 2000
    },
    "website": {
      "longest": 2000,
      "pattern": "^[Hh][Tt][Tt][Pp][Ss]?://"
    }
  },
  "registration-inquiries": {
    "aboutMe": {
      "longest": 20000
    },
    "address": {
      "longest": 500
    },
    "adminNotes": {
      "longest": 20000
    },
    "businessDescription": {
      "longest": 5000
    },
    "businessName": {
      "longest": 200
    },
    "email": {
      "required": true,
      "longest": 254
    },
    "firstName": {
      "longest": 100
    },
    "gstNumber": {
      "longest": 50
    },
    "lastName": {
      "longest": 100
    },
    "location": {
      "longest": 500
    },
    "name": {
      "required": true,
      "shortest": 2,
      "longest": 200
    },
    "phone": {
      "longest": 50
    },
    "profession": {
      "longest": 200
    },
    "professionalHeadline": {
      "longest": 500
    },
    "type": {
      "required": true
    },
    "website": {
      "longest": 2000,
      "pattern": "^[Hh][Tt][Tt][Pp][Ss]?://"
    }
  },
  "users": {
    "email": {
      "required": true,
      "longest": 254
    },
    "name": {
      "longest": 200
    }
  }
};

import { Controller, Get, Header, UseGuards } from '@nestjs/common';
import { AdminGuard } from './admin-guard.js';
import { DOCS_PAGE, DOCS_PAGE_POLICY, DOCS_SCRIPT } from './docs-page.js';
import { OPENAPI_DOCUMENT } from './openapi-document.js';

/**
 * The documentation of the interface. The page itself holds nothing and is for everybody, because a browser cannot send a token with an
 * address; it asks for the token, and fetches the description with it.
 */
@Controller('api')
export class DocsController {
  @Get('openapi.json')
  @UseGuards(AdminGuard)
  openApi(): object {
    return OPENAPI_DOCUMENT;
  }

  @Get('docs')
  @Header('Content-Type', 'text/html; charset=utf-8')
  @Header('Content-Security-Policy', DOCS_PAGE_POLICY)
  page(): string {
    return DOCS_PAGE;
  }

  @Get('docs/page.js')
  @Header('Content-Type', 'text/javascript; charset=utf-8')
  script(): string {
    return DOCS_SCRIPT;
  }
}

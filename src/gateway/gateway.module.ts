import { type DynamicModule, Module, type ModuleMetadata } from '@nestjs/common';
import { MeshGateway } from './mesh-gateway.js';
import { SessionLayer } from './session-layer.js';
import { SignalGateway } from './signal-gateway.js';

/** The doors for peers. Needs `TopologyService`, `CONFIG` and `CLOCK` from outside. */
@Module({})
export class GatewayModule {
  /** @param imports modules that export what the gateways need; none if those modules are global. */
  static with(imports: NonNullable<ModuleMetadata['imports']>): DynamicModule {
    return {
      module: GatewayModule,
      imports,
      providers: [SessionLayer, MeshGateway, SignalGateway],
      exports: [SessionLayer, MeshGateway],
    };
  }
}

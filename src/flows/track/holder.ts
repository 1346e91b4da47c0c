import type { Elevation } from '../../core/elevation/elevation.ts'
import { PimError } from '../../core/errors.ts'
import type { LoadProvider, Provider } from '../../core/provider.ts'

/**
 * The provider as the identity that holds an elevation: no other may ask about it or release it. Throws
 * `sign-in`, `unknown-holder`, for one of the version before that does not say who holds it, unless the
 * same sign-in is in use still.
 */
export async function providerOfHolder(
  elevation: Pick<Elevation, 'provider' | 'identity' | 'target' | 'configuration'>,
  { provider: load }: { readonly provider: LoadProvider },
): Promise<Provider> {
  const provider = await load(elevation.provider)
  if (provider.access === 'session') return provider
  if (elevation.identity !== undefined) return load(elevation.provider, elevation.identity)
  if (elevation.configuration === (await provider.configuration())) return provider
  throw new PimError(
    'sign-in',
    'unknown-holder',
    'nothing tells which account holds this elevation',
    {
      target: elevation.target,
      hint: 'sign in again as the account that asked for it: `pim login azure`',
    },
  )
}

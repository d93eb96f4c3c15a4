using System.Collections.Immutable;
using MatrixEdge.Doctor.Checks;

namespace MatrixEdge.Doctor;

/// <summary>Everything that is looked at, in the order of cause and consequence: what comes first explains what fails behind it.</summary>
internal static class Checkup
{
    public static ImmutableArray<Check> All { get; } =
    [
        // The name and where it leads.
        new ServerNameCheck(),
        new NameServersCheck(),
        new AddressesCheck(),
        new PrivateAddressCheck(),
        new ChallengePageCheck(),
        new ServerDocumentCheck(),
        new ServerDocumentAgreementCheck(),
        new ServerDocumentCacheCheck(),
        new DelegationCheck(),

        // The way there.
        new OutsideViewCheck(),
        new ClockCheck(),
        new ReachableCheck(),
        new CertificateCheck(),
        new CertificateNamesCheck(),
        new CertificateAgreementCheck(),
        new CertificateExpiryCheck(),
        new CertificateDefaultCheck(),
        new TlsVersionCheck(),

        // The homeserver, for other servers.
        new KeysCheck(),
        new KeysNameCheck(),
        new KeysValidityCheck(),
        new KeysSignatureCheck(),
        new VersionCheck(),

        // What is in front of the gateway.
        new PathFidelityCheck(),
        new HeaderFidelityCheck(),

        // The homeserver, for clients.
        new ClientDocumentCheck(),
        new ClientDocumentCorsCheck(),
        new ClientApiCheck(),
        new ClientCorsCheck(),
        new SignInCheck(),
        new ErrorsCheck(),
        new UploadsCheck(),
        new LongPollCheck(),
        new CallsCheck(),

        // What is around.
        new SupportCheck(),
        new PolicyServerCheck(),
        new DocumentsAgreeCheck(),
        new PrivatePathsCheck(),
    ];
}

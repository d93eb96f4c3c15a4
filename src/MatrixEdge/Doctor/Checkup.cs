using System.Collections.Immutable;
using MatrixEdge.Doctor.Checks;

namespace MatrixEdge.Doctor;

/// <summary>Everything that is looked at, in the order of cause and consequence: what comes first explains what fails behind it.</summary>
internal static class Checkup
{
    public static ImmutableArray<Check> All { get; } =
    [
        new ServerNameCheck(),
        new NameServersCheck(),
        new AddressesCheck(),
    ];
}
